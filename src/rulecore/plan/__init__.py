"""A rulebook, a basis date and an annual norm → a plan that every engine runs."""

from rulecore.plan.atom import Atom, Physical
from rulecore.plan.bind import bind, cents, physical
from rulecore.plan.formula import Formula, OneOf, Terms, TogetherOf
from rulecore.plan.function import function_of, function_text
from rulecore.plan.nnf import And, Lit, Nnf, Or
from rulecore.plan.plan import Plan, PlannedCriterion
from rulecore.plan.scenarios import Scenario, Scenarios, Signature, scenarios_of

__all__ = [
    "And",
    "Atom",
    "Formula",
    "Lit",
    "Nnf",
    "OneOf",
    "Or",
    "Physical",
    "Plan",
    "PlannedCriterion",
    "Scenario",
    "Scenarios",
    "Signature",
    "Terms",
    "TogetherOf",
    "bind",
    "cents",
    "function_of",
    "function_text",
    "physical",
    "scenarios_of",
]
