"""Deciding what a delivery would change in published results, and following a decision through. AMB-23, 附件一(二)3.c.

The directory stands beside supervision: whoever decides hands in the action that issues entries again
(`directory.actions.republish_all`).
"""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Protocol

from django.db import transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import may_publish
from jieti.audit.actions import record
from jieti.determinations.amending import amend_result
from jieti.determinations.fact_texts import values_of
from jieti.determinations.models import Result, Run
from jieti.determinations.running import plan_of
from jieti.domain.deadlines import Deadline
from jieti.domain.terms import Tier
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.actions import Message, notify_all
from jieti.registry.models import Business, CorrectionRequest, Delivery
from jieti.rulebooks.catalogue import limit_of
from jieti.supervision.effects import CLAUSE, Published, change_of_effect, settle, uses_of
from jieti.supervision.models import Effect, Trace

LIMIT = "correction_effects"
"""What the rulebook calls the time to decide: the document says 及时."""
RELOAD = "请刷新页面，看清现在的情况后再办理。"


class Republish(Protocol):
    """What `directory.actions.republish_all` offers."""

    def __call__(self, *, by: User | None, usccs: Collection[str], cause: str) -> object: ...


@transaction.atomic
def carry_out(
    *, by: User, run: Run, cause: str, usccs: Sequence[str], reason: str, republish: Republish
) -> list[Result]:
    """Corrects the results of these businesses as the cause has them, and issues or annotates everything that used
    them. The proprietors are told.

    Raises Refusal for who may not decide, who delivered the data, without a reason, for a business of which nothing
    waits, and where a result was amended meanwhile.
    """
    effects = _open(by, run, cause, usccs, reason)
    facts, published = plan_of(run).facts, Published.of(run)
    amended = []
    for effect in (one for one in effects if one.kind == Effect.Kind.RESULT):
        current = Result.objects.current().select_related("run").get(run=run, uscc=effect.uscc)
        if current.version != effect.before["version"]:
            raise Refusal(f"{effect.uscc} 的结果已经有新的版次。", what_to_do="请维持这一项，再重新清查影响。")
        _renew(effect, effects, published)
        values = values_of(facts, effect.facts)
        amended.append(amend_result(by=by, result=current, facts=values, cause=cause, clause=CLAUSE))
    republish(by=by, usccs=[one.uscc for one in amended], cause=cause)
    _close(effects, published, by, reason)
    _tell(run, effects, cause)
    _record(by, run, "supervision.carry_out", cause=cause, businesses=len(amended), reason=reason)
    return amended


@transaction.atomic
def keep(*, by: User, run: Run, cause: str, usccs: Sequence[str], reason: str) -> int:
    """Lets the published results of these businesses stand as they are; how many. Raises as `carry_out` does."""
    effects = _open(by, run, cause, usccs, reason)
    for effect in effects:
        effect.status, effect.done_by, effect.done_at = Effect.Status.KEPT, by, clock.now()
        effect.note = reason.strip()
    _save(effects)
    kept = len({effect.uscc for effect in effects})
    _record(by, run, "supervision.keep", cause=cause, businesses=kept, reason=reason)
    return kept


def waiting_for_decision(jurisdiction: Jurisdiction) -> list[tuple[Trace, int, Deadline]]:
    """The causes of which results wait to be decided, of how many businesses, and the day to decide by; first first."""
    open_results = Effect.objects.of(jurisdiction).open().filter(kind=Effect.Kind.RESULT)
    counts = Counter(open_results.values_list("run_id", "cause"))
    if not counts:
        return []
    calendar, within = WorkingDays.load(known_on=clock.today()), limit_of(jurisdiction, LIMIT).length
    traces = Trace.objects.of(jurisdiction).select_related("run").order_by("traced_at", "pk")
    return [
        (one, counts[one.run_id, one.cause], calendar.deadline(clock.day_of(one.traced_at), within))
        for one in traces
        if (one.run_id, one.cause) in counts
    ]


def cause_in_words(cause: str) -> str:
    """`delivery:40` as 第40批数据."""
    kind, _, number = cause.partition(":")
    words = {"delivery": "第{}批数据", "objection": "异议第{}号", "correction": "更正请求第{}号"}
    return words.get(kind, "{}").format(number)


def label_in_words(said: dict[str, object]) -> str:
    """A label as people read it."""
    tier = said.get("tier")
    return Tier(str(tier)).label if tier else "待数据"


def _open(by: User, run: Run, cause: str, usccs: Sequence[str], reason: str) -> list[Effect]:
    home = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    if not may_publish(by, home):
        raise Refusal("您不能决定是否更正已公布的结果。", what_to_do="请由区市场监管局的审批人员决定。")
    if not reason.strip():
        raise Refusal("没有填写理由。", what_to_do="请写明更正或者维持的依据。")
    if by.pk in _handled_by(cause):
        raise Refusal("送交或者复核这批数据的人不能决定它的影响。", what_to_do="请由另一位审批人员决定。")
    waiting = Effect.objects.open().filter(run=run, cause=cause, uscc__in=usccs).order_by("uscc", "pk")
    found = list(waiting.select_for_update())
    decidable = {one.uscc for one in found if one.kind == Effect.Kind.RESULT}
    if not usccs or decidable != set(usccs):
        raise Refusal("所选的更正没有等待决定，或者已经处理。", what_to_do=RELOAD)
    return found


def _handled_by(cause: str) -> set[int | None]:
    kind, _, number = cause.partition(":")
    if kind == "correction":
        delivery = CorrectionRequest.objects.get(pk=number).delivery
    else:
        delivery = Delivery.objects.filter(pk=number).first() if kind == "delivery" else None
    return {delivery.received_by_id, delivery.confirmed_by_id} if delivery else set()


def _renew(result: Effect, effects: Sequence[Effect], published: Published) -> None:
    """What the uses of one business say at this moment: decisions since the tracing have changed the numbers."""
    change = change_of_effect(result)
    now = {(use.kind.value, used.item): used for use, used in uses_of(change, published)}
    for one in effects:
        used = now.get((one.kind, one.item))
        if one.uscc == result.uscc and used is not None:
            one.before, one.after = used.before, used.after
    published.move(change)


def _close(effects: Sequence[Effect], published: Published, by: User, reason: str) -> None:
    for effect in effects:
        settle(effect, published, by=by, reason=reason.strip())
    _save(effects)


def _save(effects: Sequence[Effect]) -> None:
    fields = ["status", "done_by", "done_at", "note", "before", "after"]
    Effect.objects.bulk_update(effects, fields, batch_size=1_000)


def _tell(run: Run, effects: Sequence[Effect], cause: str) -> None:
    """The proprietors and the measures that are theirs from now on: the page behind the notice shows both."""
    changed = {effect.uscc: effect for effect in effects if effect.kind == Effect.Kind.RESULT}
    home = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    owned = Business.objects.filter(pk__in=changed).prefetch_related("proprietorships__user")
    messages = [
        Message(
            subject=f"business:{business.pk}",
            recipient=link.user,
            values={
                "business": business.name,
                "year": run.year,
                "before": label_in_words(changed[business.pk].before),
                "after": label_in_words(changed[business.pk].after),
                "cause": cause_in_words(cause),
            },
            link=f"/my/{business.pk}/",
            once=f"result_changed:{run.pk}:{cause}:{business.pk}:{link.user_id}",
        )
        for business in owned
        for link in business.proprietorships.all()
    ]
    notify_all(jurisdiction=home, kind="result_changed", messages=messages)


def _record(by: User, run: Run, verb: str, *, cause: str, businesses: int, reason: str) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"run:{run.pk}",
        detail={"cause": cause, "businesses": businesses, "reason": reason.strip()},
        clause=CLAUSE,
        jurisdiction=Jurisdiction.objects.get(rulebook=run.rulebook_key).pk,
    )
