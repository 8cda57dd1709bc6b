"""Duties that follow from measures which must be carried out 应当落实: made with them, over with them. 正文二(三)7."""

import datetime

from jieti.accounts.models import Jurisdiction
from jieti.engagement import duties
from jieti.engagement.models import Duty
from jieti.engagement.routing import organisation_of
from jieti.kit import clock
from jieti.kit.advance import notices_with_us
from jieti.measures.models import MeasureVersion, Strength
from jieti.rulebooks.catalogue import limit_of

LIMIT = "duty_measure"
"""What the rulebook calls the time to carry a measure out and report: the document names none."""
ONGOING = ("assigned", "escalated")
TITLE = 100
Status = MeasureVersion.Status


def follow(jurisdiction: Jurisdiction) -> int:
    """Makes the duties those of the measures; how many arose or lapsed. Any number of times a day.

    A version that is published as a duty gives its lead body one duty, due on its last day, or by the rulebook's
    `LIMIT` where it has none. A measure led by no single body gives none: it stands in the gap or is everybody's.
    What was reported waits for its reply even where the measure ends meanwhile, and a last day that passes ends no
    duty: it is late.
    """
    versions = list(MeasureVersion.objects.of(jurisdiction).filter(status__in=(Status.PUBLISHED, Status.RETIRED)))
    return _arise(jurisdiction, versions) + _lapse(jurisdiction, versions)


def _arise(jurisdiction: Jurisdiction, versions: list[MeasureVersion]) -> int:
    held = set(Duty.objects.of(jurisdiction).of_measures().values_list("measure", "measure_version"))
    today = clock.today()
    return sum(
        _assigned(one)
        for one in versions
        if one.status == Status.PUBLISHED
        and one.strength == Strength.DUTY
        and one.lead
        and (one.ends_on is None or one.ends_on >= today)
        and (one.key, one.version) not in held
    )


def _assigned(version: MeasureVersion) -> int:
    responsible = organisation_of(version.jurisdiction, version.lead)
    if responsible is None:
        return 0
    task = duties.Task(
        title=f"落实措施：{version.title}"[:TITLE],
        task=f"{version.gist}\n落实后报告办理结果。",
        due_on=version.ends_on or _limit(version),
        clause=(version.clause or version.legal_basis)[:TITLE],
        measure=version.key,
        measure_version=version.version,
    )
    arisen = duties.arise(by=None, jurisdiction=version.jurisdiction, responsible=responsible, task=task)
    return int(arisen is not None)


def _limit(version: MeasureVersion) -> datetime.date:
    start = max(version.starts_on or clock.today(), clock.today())
    return notices_with_us().deadline(start, limit_of(version.jurisdiction, LIMIT).length).latest


def _lapse(jurisdiction: Jurisdiction, versions: list[MeasureVersion]) -> int:
    known = {(one.key, one.version): one for one in versions}
    lapsed = 0
    for duty in Duty.objects.of(jurisdiction).of_measures().filter(state__in=ONGOING):
        version = known.get((duty.measure, duty.measure_version or 0))
        reason = _over(duty, version, versions) if version else ""
        if reason:
            duties.lapse(by=None, duty=duty, reason=reason)
            lapsed += 1
    return lapsed


def _over(duty: Duty, version: MeasureVersion, versions: list[MeasureVersion]) -> str:
    """Why nothing has to be done any more; empty where it still has to."""
    for one in versions:
        if one.key == version.key and one.version > version.version and _took_over(one, duty):
            return f"措施已由第{one.version}版替代。"
    if version.status != Status.RETIRED or version.retired_at is None:
        return ""
    is_expired = version.ends_on is not None and version.ends_on < clock.day_of(version.retired_at)
    return "" if is_expired else f"措施已废止：{version.retired_reason}"


def _took_over(later: MeasureVersion, duty: Duty) -> bool:
    """Whether a later version is in force since a day on which the duty was not late yet."""
    began = later.starts_on
    if began is None or began > clock.today():
        return False
    return duty.due_latest is None or duty.due_latest >= began
