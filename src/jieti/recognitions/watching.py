"""动态管理: every live title held against each delivery; what is found is told once and acted on (附件三(五), AMB-22).

The conditions are the rulebook's (`endings.watch`), but for four that are no condition: another proprietor, no longer
a business in the register, no tier any more, an enterprise instead. What ends a title by itself ends it at once; for
everything else an inquiry opens, which people decide.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from jieti.accounts.models import Jurisdiction
from jieti.audit.actions import record
from jieti.determinations.criteria_now import Outcomes, outcomes_now
from jieti.determinations.models import Result, Run
from jieti.domain.terms import RegistrationStatus, Tier
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import end_letters, title_telling
from jieti.recognitions.ending import open_case
from jieti.recognitions.models import Ending, Recognition, Watch, WatchFinding
from jieti.recognitions.proprietor_changes import detect, note_found_change
from jieti.recognitions.titles import CLAUSE, end_title, unended
from jieti.registry.models import Delivery, EntityKind
from jieti.rulebooks.catalogue import procedure_of

CONVERTED, DEREGISTERED, ABSENT = "converted", "deregistered", "absent_from_register"
INELIGIBLE, CHANGED = "tier_ineligible", "proprietor_changed"
CLEARED = "cleared_on"
"""Where a settled finding keeps the day from which its condition was met again."""
LABELS = {
    CONVERTED: "已转为企业（个转企）",
    DEREGISTERED: "已注销登记",
    ABSENT: "不再见于登记名册",
    INELIGIBLE: "最近公布的分型结果为不符合分型条件",
    CHANGED: "登记的经营者已变更",
}
BY_ITSELF = {CONVERTED: Recognition.End.CONVERTED, DEREGISTERED: Recognition.End.DEREGISTERED}
"""What ends a title without a decision."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one rule sees of one title: `stands` whether its condition is broken; None where nobody can tell."""

    rule: str
    label: str
    stands: bool | None
    detail: Mapping[str, Any] = field(default_factory=dict)


def watch(jurisdiction: Jurisdiction, *, delivery: Delivery | None = None) -> int:
    """Holds every title that nothing has ended against what is known now; how many new findings. Again: none.

    `delivery` is the one that brought it about, for the record.
    """
    titles = list(unended(jurisdiction).filter(last_day__gte=clock.today()))
    sights = _Sights(jurisdiction, titles)
    return sum(_watched(one, sights.of(one), delivery) for one in titles)


def follow(jurisdiction: Jurisdiction) -> int:
    """Watches once after each accepted delivery, and once on each day; how many new findings."""
    newest = Delivery.objects.of(jurisdiction).accepted().latest_first().first()
    key = {"jurisdiction": jurisdiction, "delivery": newest, "watched_on": clock.today()}
    if newest is None or Watch.objects.filter(**key).exists():
        return 0
    titles = unended(jurisdiction).count()
    found = watch(jurisdiction, delivery=newest)
    Watch.objects.get_or_create(**key, defaults={"titles": titles, "found": found})
    return found


def labels_of(jurisdiction: Jurisdiction) -> dict[str, str]:
    """Every rule in words."""
    return {key: rule["label"] for key, rule in rules_of(jurisdiction).items()} | LABELS


def rules_of(jurisdiction: Jurisdiction) -> Mapping[str, Mapping[str, str]]:
    """The rulebook's conditions by key."""
    found: Mapping[str, Mapping[str, str]] = procedure_of(jurisdiction).get("endings", {}).get("watch", {})
    return found


class _Sights:
    """What all rules need, read once for all titles."""

    def __init__(self, jurisdiction: Jurisdiction, titles: Iterable[Recognition]) -> None:
        self._rules = rules_of(jurisdiction)
        usccs = [one.business_id for one in titles]
        self._outcomes = {
            standard: outcomes_now(
                jurisdiction,
                standard=standard,
                criteria=[rule["criterion"] for rule in self._rules.values() if rule["standard"] == standard],
                on=clock.today(),
                usccs=usccs,
            )
            for standard in {rule["standard"] for rule in self._rules.values()}
        }
        newest = Run.objects.of(jurisdiction).main().published().order_by("-year").first()
        results = Result.objects.current().filter(run=newest, uscc__in=usccs)
        self._tiers: dict[str, str | None] = dict(results.values_list("uscc", "tier")) if newest else {}
        self._year = newest.year if newest else 0

    def of(self, one: Recognition) -> Iterator[Sight]:
        """What ends a title comes first."""
        business = one.business
        converted = business.entity_kind == EntityKind.ENTERPRISE
        deregistered = business.registration_status == RegistrationStatus.DEREGISTERED
        yield Sight(CONVERTED, LABELS[CONVERTED], converted)
        yield Sight(DEREGISTERED, LABELS[DEREGISTERED], deregistered and not converted)
        if converted or deregistered:
            return
        yield Sight(ABSENT, LABELS[ABSENT], business.absent_since_id is not None)
        tier = self._tiers.get(one.business_id)
        yield Sight(
            INELIGIBLE, LABELS[INELIGIBLE], None if tier is None else tier == Tier.INELIGIBLE, {"year": self._year}
        )
        yield from (self._condition(one, key, rule) for key, rule in self._rules.items())
        change = detect(one)
        if change:
            yield Sight(CHANGED, LABELS[CHANGED], True, {"changed_on": str(change.changed_on)})

    def _condition(self, one: Recognition, key: str, rule: Mapping[str, str]) -> Sight:
        outcomes: Outcomes = self._outcomes[rule["standard"]].get(one.business_id, {})
        met = outcomes.get(rule["criterion"])
        return Sight(key, rule["label"], None if met is None else not met, {"criterion": rule["criterion"]})


@transaction.atomic
def _watched(one: Recognition, sights: Iterable[Sight], delivery: Delivery | None) -> int:
    found = 0
    last = _last_findings(one)
    for sight in sights:
        before = last.get(sight.rule)
        if sight.stands is False and before is not None and CLEARED not in before.detail:
            _clear(before)
        if not sight.stands or (before is not None and _is_known(before)):
            continue
        found += 1
        if _found(one, sight, delivery):
            break
    return found


def _is_known(before: WatchFinding) -> bool:
    """What waits, or was settled and still is as it was. Every change of proprietor is another one."""
    if before.settled_at is None:
        return True
    return before.rule != CHANGED and CLEARED not in before.detail


def _last_findings(one: Recognition) -> dict[str, WatchFinding]:
    return {finding.rule: finding for finding in one.watch_findings.order_by("pk")}


def _clear(finding: WatchFinding) -> None:
    """The condition is met again: from now on a new breach is a new finding."""
    finding.detail = {**finding.detail, CLEARED: str(clock.today())}
    if finding.settled_at is None and not finding.endings.open().exists():
        finding.settled_at, finding.settlement = clock.now(), "数据显示这一情形已经消除"
    finding.save(update_fields=["detail", "settled_at", "settlement"])


def _found(one: Recognition, sight: Sight, delivery: Delivery | None) -> bool:
    """Writes a finding and does what follows; whether the title has ended."""
    finding = WatchFinding.objects.create(
        recognition=one,
        rule=sight.rule,
        delivery=delivery,
        found_on=clock.today(),
        detail={"label": sight.label, **sight.detail},
    )
    record(
        by=None,
        verb="recognitions.find",
        subject=f"recognition:{one.pk}",
        detail={"rule": sight.rule, "delivery": delivery.pk if delivery else None},
        clause=CLAUSE,
        jurisdiction=one.jurisdiction_id,
    )
    title_telling.tell_officers(title_telling.FOUND, one, values={"label": sight.label}, once=f"{finding.pk}")
    if sight.rule == CHANGED:
        note_found_change(one)
    if sight.rule in BY_ITSELF:
        end_by_itself(one, kind=BY_ITSELF[sight.rule], reason=f"登记数据显示{sight.label}")
        return True
    if not Ending.objects.open().filter(recognition=one).exists():
        open_case(by=None, recognition=one, kind=Ending.Kind.WITHDRAWAL, reason=_reason(sight), finding=finding)
    return False


def end_by_itself(one: Recognition, *, kind: str, reason: str) -> Recognition:
    """Ends a title for what data or the calendar say, with its notice; where no letter can be set, without one."""
    try:
        with transaction.atomic():
            made = end_letters.write(one, kind=kind, reason=reason)
    except Refusal:
        made = end_letters.NOTHING
    return end_title(by=None, recognition=one, kind=kind, reason=reason, number=made.number, path=made.path)


def _reason(sight: Sight) -> str:
    return f"{clock.today()}数据比对发现：{sight.label}"
