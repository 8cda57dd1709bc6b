"""Why a business got its result: clause by clause, in Chinese, with thresholds and who supplies what is missing.

Besides: every minimal set of changes that would better it, and the days on which it changes by itself.
"""

from rulecore.explain.counterfactual import HORIZON_DAYS, Change, Counterfactual, Counterfactuals, counterfactuals
from rulecore.explain.course import Event
from rulecore.explain.explanation import explain, physical_facts
from rulecore.explain.forecast import Turn, forecast
from rulecore.explain.parts import Explanation, FactLine, Finding, Provenance, Step

__all__ = [
    "HORIZON_DAYS",
    "Change",
    "Counterfactual",
    "Counterfactuals",
    "Event",
    "Explanation",
    "FactLine",
    "Finding",
    "Provenance",
    "Step",
    "Turn",
    "counterfactuals",
    "explain",
    "forecast",
    "physical_facts",
]
