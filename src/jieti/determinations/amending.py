"""What a result would be with other facts, and a further version of a result whose facts were corrected.

Nothing else changes: the rulebook, the basis date, the norm and all other facts stay those of the run (附件一(二)3.c).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.fact_texts import known, text_of, value_of
from jieti.determinations.models import Result
from jieti.determinations.running import explanation_of, facts_as_used, plan_of
from jieti.kit import clock
from jieti.kit.errors import Refusal
from rulecore.explain import Explanation, physical_facts
from rulecore.model import Scalar
from rulecore.plan import function_of
from rulecore.result import row_result

VERB = "determinations.amend_result"


@dataclass(frozen=True, slots=True)
class Reworked:
    """A result worked out again. `changed` are the keys of the facts that now say something else, `facts` all that
    were corrected against the run, as kept (`fact_texts`).
    """

    tier: str | None
    possible: tuple[str, ...]
    true_bits: int
    unknown_bits: int
    facts: Mapping[str, str]
    changed: tuple[str, ...]
    explanation: Explanation


def rework(result: Result, *, facts: Mapping[str, Scalar | None]) -> Reworked:
    """What the result would be if these facts had been so; None is unknown. Writes nothing.

    Raises Refusal for a fact that the standard does not ask for or a value that it cannot have, and when the run's
    facts do not have the business.
    """
    plan = plan_of(result.run)
    texts = {key: text_of(known(plan.facts, key), value) for key, value in facts.items()}
    used = facts_as_used(result)
    asked = used | {key: value_of(plan.facts[key], text) for key, text in texts.items()}
    physical = physical_facts(plan, asked)
    true_bits, unknown_bits, mask = function_of(plan)(physical)
    found = row_result(plan, mask, true_bits, unknown_bits)
    before = physical_facts(plan, used)
    return Reworked(
        tier=found.tier,
        possible=found.possible,
        true_bits=true_bits & plan.criteria_mask,
        unknown_bits=unknown_bits & plan.criteria_mask,
        facts=dict(sorted((result.facts | texts).items())),
        changed=tuple(key for key in texts if physical[key] != before[key]),
        explanation=explanation_of(result, asked),
    )


@transaction.atomic
def amend_result(
    *, by: User | None, result: Result, facts: Mapping[str, Scalar | None], cause: str, clause: str
) -> Result:
    """The next version of a result, with these facts corrected because of `cause` (`objection:12`, `delivery:40`).

    It becomes the current one; the earlier versions stay as they were, and so does the run's Merkle root. The label
    may come out the same: then the reasons differ. `by` None is the system.

    Raises Refusal where `rework` does, when the facts already are so, and when the result was amended meanwhile.
    """
    locked = Result.objects.select_for_update(of=("self",)).select_related("run").get(pk=result.pk)
    if not locked.is_current:
        raise Refusal("这一结果已经有更新的版本。", what_to_do="请刷新页面，按现行的结果办理。")
    if not locked.run.has_results:
        raise Refusal(f"{locked.run}{locked.run.get_status_display()}。", what_to_do="判定完成后才能更正结果。")
    new = rework(locked, facts=facts)
    if not new.changed:
        raise Refusal(
            "更正的事实与判定所用的相同，结果没有变化。", what_to_do="请核对要更正的是哪一项事实、改为什么值。"
        )
    locked.is_current = False
    locked.save(update_fields=["is_current"])
    amended = Result.objects.create(
        run=locked.run,
        uscc=locked.uscc,
        tier=new.tier,
        possible=list(new.possible),
        true_bits=new.true_bits,
        unknown_bits=new.unknown_bits,
        version=locked.version + 1,
        cause=cause,
        facts=dict(new.facts),
        decided_by=by,
        decided_at=clock.now(),
    )
    _record(by, locked, amended, new.changed, clause)
    return amended


def jurisdiction_of(result: Result) -> Jurisdiction:
    """The jurisdiction by whose rulebook the result was found."""
    return Jurisdiction.objects.get(rulebook=result.run.rulebook_key)


def _record(by: User | None, before: Result, after: Result, changed: tuple[str, ...], clause: str) -> None:
    """Which facts, not what they say: the record holds no protected data."""
    record(
        by=by,
        verb=VERB,
        subject=f"business:{after.uscc}",
        detail={"run": after.run_id, "cause": after.cause, "facts": sorted(changed)},
        clause=clause,
        before=_shown(before),
        after=_shown(after),
        jurisdiction=jurisdiction_of(after).pk,
    )


def _shown(result: Result) -> dict[str, object]:
    return {"version": result.version, "tier": result.tier, "possible": result.possible}
