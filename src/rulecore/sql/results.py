"""Facts → masks and possible outcomes, in flat stages that any optimiser leaves alone.

a: the atoms as three-valued booleans · b: the masks of what is true (t) and unknown (u) · c: what may be true (m) ·
d: the bits of composed criteria and the mask of possible outcomes (p).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from sqlglot import exp

from rulecore.model import Fact
from rulecore.plan import And, Atom, Formula, Lit, Nnf, OneOf, Or, Physical, Plan, Terms, TogetherOf
from rulecore.sql.words import (
    Sql,
    bits,
    both,
    case,
    column,
    compare,
    either,
    is_null,
    literal,
    member,
    named,
    negated,
    select,
    staged,
    table,
    total,
    union_of_bits,
)

SUBJECT, TRUE, UNKNOWN, MAYBE, POSSIBLE = "subject", "t", "u", "m", "p"


def results_sql(plan: Plan, facts: str = "facts", *, in_yuan: bool = False) -> exp.Select:
    """SELECT subject, t, u, p over the table `facts` (its columns in physical form: money in cents).

    `in_yuan`: money stands there as exact decimals, as in files of facts; the thresholds are written so too.
    """
    return _composed(plan, _maybe(_masks(plan, _atoms(plan, facts, in_yuan=in_yuan))))


def _atoms(plan: Plan, facts: str, *, in_yuan: bool) -> exp.Select:
    """An atom with an unpublished threshold has no column: it is unknown for every business."""
    known = [(index, atom) for index, atom in enumerate(plan.atoms) if atom.unset is None]
    columns = [named(atom_sql(atom, plan.facts[atom.fact], in_yuan=in_yuan), f"a{index}") for index, atom in known]
    subject = named(column(plan.rulebook.subject_key), SUBJECT)
    return select(subject, *columns).from_(table(facts), copy=False)


def atom_sql(atom: Atom, fact: Fact, *, in_yuan: bool = False) -> Sql:
    """The comparison; a yes/no fact is used as it is; a code that the fact does not declare is unknown."""
    left = column(atom.fact)
    if fact.values:
        return _coded(atom, left, list(fact.values))
    if isinstance(atom.operand, bool):
        return left if atom.operand == (atom.op == "eq") else negated(left)
    yuan = in_yuan and fact.type == "money"
    if isinstance(atom.operand, tuple):
        return member(left, [_amount(option) if yuan else option for option in atom.operand])
    return compare(atom.op, left, literal(_amount(atom.operand) if yuan else atom.operand))


def _amount(cents: Physical | None) -> Decimal:
    """Cents as a decimal of yuan, which engines compare with decimals without widening them."""
    assert isinstance(cents, int), cents
    return Decimal(cents).scaleb(-2)


def _coded(atom: Atom, left: Sql, codes: list[str]) -> Sql:
    chosen = atom.operand if isinstance(atom.operand, tuple) else (atom.operand,)
    wanted = [code for code in codes if (code in chosen) != (atom.op == "ne")]
    others = [code for code in codes if code not in wanted]
    tests = ((wanted, literal(True)), (others, literal(False)))
    return case([(member(left.copy(), group), truth) for group, truth in tests if group], exp.Null())


def _masks(plan: Plan, inner: exp.Select) -> exp.Select:
    true, unknown, always = [], [], 0
    for index, (atom, bit) in enumerate(zip(plan.atoms, plan.atom_bits, strict=True)):
        if atom.unset is not None:
            always += 1 << bit
            continue
        name = column(f"a{index}")
        true.append(case([(name, literal(1 << bit))], literal(0)))
        unknown.append(case([(is_null(name), literal(1 << bit))], literal(0)))
    columns = (column(SUBJECT), named(total(true), TRUE), named(total([*unknown, literal(always)]), UNKNOWN))
    return staged(select(*columns), inner, "s1")


def _maybe(inner: exp.Select) -> exp.Select:
    maybe = named(union_of_bits(column(TRUE), column(UNKNOWN)), MAYBE)
    return staged(select(column(SUBJECT), column(TRUE), column(UNKNOWN), maybe), inner, "s2")


def _composed(plan: Plan, inner: exp.Select) -> exp.Select:
    weights = plan.atom_bits
    true: list[Sql] = [bits(column(TRUE), plan.criteria_mask)]
    unknown: list[Sql] = [bits(column(UNKNOWN), plan.criteria_mask)]
    for criterion in plan.criteria:
        if isinstance(criterion.when, Lit) and weights[criterion.when.atom] == criterion.bit:
            continue
        must = _certain(criterion.when, weights)
        may = _conceivable(criterion.when, weights)
        true.append(case([(must, literal(1 << criterion.bit))], literal(0)))
        unknown.append(case([(both([may, negated(must)]), literal(1 << criterion.bit))], literal(0)))
    possible = [
        case([(formula_sql(plan.possible[key], weights), literal(1 << index))], literal(0))
        for index, key in enumerate(plan.outcomes)
    ]
    columns = {TRUE: total(true), UNKNOWN: total(unknown), POSSIBLE: total(possible)}
    aliased = [named(value, name) for name, value in columns.items()]
    return staged(select(column(SUBJECT), *aliased), inner, "s3")


def _mask(atoms: Iterable[int], weights: Sequence[int]) -> int:
    return sum(1 << weights[atom] for atom in atoms)


def _every(name: str, mask: int) -> list[Sql]:
    return [compare("eq", bits(column(name), mask), literal(mask))] if mask else []


def _none(name: str, mask: int) -> list[Sql]:
    return [compare("eq", bits(column(name), mask), literal(0))] if mask else []


def formula_sql(formula: Formula, weights: Sequence[int]) -> Sql:
    """Whether the formula holds, over the masks t and m; atom i has the bit `weights[i]`."""
    match formula:
        case Terms(true, false):
            return both([*_every(MAYBE, _mask(true, weights)), *_none(TRUE, _mask(false, weights))])
        case TogetherOf(items):
            return both([formula_sql(item, weights) for item in items])
        case OneOf(items):
            return _one_of(items, weights)


def _one_of(items: tuple[Formula, ...], weights: Sequence[int]) -> Sql:
    """Alternatives of a single atom each share one test: one of these may be true, one of those may be false."""
    terms = [item for item in items if isinstance(item, Terms) and len(item.true) + len(item.false) == 1]
    may_be_true = _mask({atom for item in terms for atom in item.true}, weights)
    may_be_false = _mask({atom for item in terms for atom in item.false}, weights)
    rest = [formula_sql(item, weights) for item in items if item not in terms]
    return either([*_some(MAYBE, may_be_true), *_not_all(TRUE, may_be_false), *rest])


def _some(name: str, mask: int) -> list[Sql]:
    return [compare("ne", bits(column(name), mask), literal(0))] if mask else []


def _not_all(name: str, mask: int) -> list[Sql]:
    return [compare("ne", bits(column(name), mask), literal(mask))] if mask else []


def _certain(item: Nnf, weights: Sequence[int]) -> Sql:
    """The item is known to be true."""
    return _kleene(item, weights, TRUE, MAYBE)


def _conceivable(item: Nnf, weights: Sequence[int]) -> Sql:
    """The item is not known to be false."""
    return _kleene(item, weights, MAYBE, TRUE)


def _kleene(item: Nnf, weights: Sequence[int], holds: str, fails: str) -> Sql:
    match item:
        case Lit(atom, positive):
            mask = 1 << weights[atom]
            return _every(holds, mask)[0] if positive else _none(fails, mask)[0]
        case And(items):
            wanted, unwanted, rest = _parts(items, weights)
            inner = [_kleene(child, weights, holds, fails) for child in rest]
            return both([*_every(holds, wanted), *_none(fails, unwanted), *inner])
        case Or(items):
            wanted, unwanted, rest = _parts(items, weights)
            inner = [_kleene(child, weights, holds, fails) for child in rest]
            return either([*_some(holds, wanted), *_not_all(fails, unwanted), *inner])


def _parts(items: frozenset[Nnf], weights: Sequence[int]) -> tuple[int, int, list[Nnf]]:
    """The mask of the plain atoms, the mask of the negated ones, and the rest."""
    positive = _mask({i.atom for i in items if isinstance(i, Lit) and i.positive}, weights)
    negative = _mask({i.atom for i in items if isinstance(i, Lit) and not i.positive}, weights)
    return positive, negative, sorted((i for i in items if not isinstance(i, Lit)), key=repr)
