"""What a determination needs before it starts, one by one: a norm, a proved rulebook, every department's data."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, Role, User
from jieti.accounts.perms import Visitor, may_run_determination
from jieti.determinations.models import Run
from jieti.registry.models import Delivery, Feed
from jieti.registry.sources import BUSINESS
from jieti.rulebooks.catalogue import current_rulebook, procedure_of
from jieti.rulebooks.models import AnnualNorm, RulebookVersion
from rulecore.model import Rulebook, Source

PHASE = "determination"
"""The phase of the rulebook's procedure whose owner makes the year's determination."""


class Standing(StrEnum):
    """How a precondition stands."""

    MET = "met"
    WARNING = "warning"
    MISSING = "missing"

    @property
    def label(self) -> str:
        return {Standing.MET: "具备", Standing.WARNING: "请注意", Standing.MISSING: "不具备"}[self]

    @property
    def tag(self) -> str:
        return {Standing.MET: "good", Standing.WARNING: "warn", Standing.MISSING: "bad"}[self]


@dataclass(frozen=True, slots=True)
class Precondition:
    """One thing that a determination needs: `text` says in Chinese how it stands.

    What is MISSING stops the year's determination; a trial only where `stops_trials`. A WARNING stops nothing.
    """

    title: str
    standing: Standing
    text: str
    source: str = ""
    stops_trials: bool = False

    def stops(self, kind: str) -> bool:
        """Whether a run of this kind cannot start."""
        return self.standing is Standing.MISSING and (self.stops_trials or kind == Run.Kind.MAIN)


def preconditions(
    year: int, jurisdiction: Jurisdiction, basis_date: datetime.date | None = None
) -> tuple[Precondition, ...]:
    """Everything that a run of the year needs, and how it stands now; freshness is counted to the basis date.

    The register is required: present, fresh, with no delivery waiting for its second officer. Any other department's
    data may be missing or old without stopping anybody else's result: then the affected ones stay open 待数据.
    """
    rulebook = current_rulebook(jurisdiction)
    day = basis_date or datetime.date(year, 7, 1)
    return (_norm(year, rulebook), _proof(rulebook), *_feeds(rulebook, jurisdiction, day))


def responsible_for(jurisdiction: Jurisdiction) -> Organisation | None:
    """Who makes the year's determination by the rulebook's calendar (附件一(二)1: the city)."""
    phase = procedure_of(jurisdiction).get("phases", {}).get(PHASE, {})
    homes = (jurisdiction, jurisdiction.parent) if jurisdiction.parent else (jurisdiction,)
    return Organisation.objects.filter(jurisdiction__in=homes, key=phase.get("owner", DISTRICT_REGULATOR)).first()


def is_run_on_behalf(jurisdiction: Jurisdiction) -> bool:
    """Whether the district regulator runs the year's determination for whoever is responsible, because that body has
    no reviewer here.
    """
    owner = responsible_for(jurisdiction)
    return owner is None or not owner.memberships.filter(role=Role.REVIEWER, user__is_active=True).exists()


def may_start_main_run(user: Visitor, jurisdiction: Jurisdiction) -> bool:
    """Reviewers of the body that is responsible by the rulebook; where it has none, of the district regulator."""
    if is_run_on_behalf(jurisdiction):
        return may_run_determination(user, jurisdiction)
    owner = responsible_for(jurisdiction)
    held = owner.memberships.filter(role=Role.REVIEWER, user_id=user.pk) if owner and user.is_active else None
    return held is not None and held.exists()


def may_start_run(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers of the district regulator (trials at any time), and whoever may start the year's determination."""
    if may_run_determination(user, jurisdiction):
        return True
    return jurisdiction is not None and isinstance(user, User) and may_start_main_run(user, jurisdiction)


def _norm(year: int, rulebook: Rulebook) -> Precondition:
    title, norm = f"{year}年认定标准", AnnualNorm.objects.in_force(year, rulebook.key)
    if norm is None:
        return Precondition(title, Standing.MISSING, f"{year}年的认定标准还没有审批", stops_trials=True)
    sample = "样例，" if norm.is_sample else ""
    number = f"{norm.document_number}，" if norm.document_number else ""
    return Precondition(title, Standing.MET, f"{number}{sample}已由两人提出和审批")


def _proof(rulebook: Rulebook) -> Precondition:
    title, version = "规则证明", RulebookVersion.objects.filter(sha256=rulebook.sha256).first()
    if version is None or version.is_proved is None:
        return Precondition(title, Standing.WARNING, "未证明，正式判定开始时先行证明，没有通过的不判定")
    if version.is_proved:
        return Precondition(title, Standing.MET, "已证明：每一户有且只有一个结果，各项条件都起作用")
    return Precondition(title, Standing.MISSING, f"规则没有通过证明：{'；'.join(version.proof['refuted'])}")


def _feeds(rulebook: Rulebook, jurisdiction: Jurisdiction, day: datetime.date) -> Iterator[Precondition]:
    sources = rulebook.sources_of()
    deliveries = Delivery.objects.of(jurisdiction).filter(source_key__in=sources)
    counting = deliveries.accepted().latest_by_source()
    waiting = set(deliveries.waiting_for_confirmation().values_list("source_key", flat=True))
    feeds = {feed.source_key: feed for feed in Feed.objects.filter(jurisdiction=jurisdiction).active()}
    for key, source in sources.items():
        yield _feed(source, counting.get(key), feeds.get(key), day, is_waiting=key in waiting)


def _feed(
    source: Source, delivery: Delivery | None, feed: Feed | None, day: datetime.date, *, is_waiting: bool
) -> Precondition:
    is_register = source.rows == BUSINESS
    if delivery is None:
        text = f"“{source.title}”还没有送来" if is_register else f"“{source.title}”没有送来，有关条件按未知处理"
        return _lacking(source, text, stops_trials=is_register)
    if stale := _stale(source, delivery, feed, day):
        return _lacking(source, stale)
    if is_waiting:
        return _lacking(source, f"“{source.title}”有新送来的数据待复核，现在发起用不上")
    if delivery.refused:
        text = f"“{source.title}”还有{delivery.refused}行退回后没有补送"
        return Precondition(source.title, Standing.WARNING, text, source.key)
    return Precondition(source.title, Standing.MET, f"数据截至{delivery.as_of}", source.key)


def _lacking(source: Source, text: str, *, stops_trials: bool = False) -> Precondition:
    """The register stops the run; of any other source those who depend on it wait."""
    standing = Standing.MISSING if source.rows == BUSINESS else Standing.WARNING
    return Precondition(source.title, standing, text, source.key, stops_trials)


def _stale(source: Source, delivery: Delivery, feed: Feed | None, day: datetime.date) -> str:
    """Why the data are too old on that day; empty when they are not. The last day of the limit is still fresh."""
    age = (day - delivery.as_of).days
    if feed is None or feed.fresh_days is None or age <= feed.fresh_days:
        return ""
    return f"“{source.title}”的数据截至{delivery.as_of}，到判定基准日已{age}天，时效是{feed.fresh_days}天"
