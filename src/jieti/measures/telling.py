"""Telling proprietors which measures are for them, without their asking, and taking in what they answer."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.models import (
    Matching,
    Measure,
    MeasureVersion,
    ReachBatch,
    ReachEvent,
    Signature,
    Standing,
    holds,
    numbers_in,
    words_of,
)
from jieti.notices.actions import Message, notify_all
from jieti.registry.models import Business, Proprietorship

CLAUSE = "正文二(三)6"
DUTIES, OTHERS = "measures_told_duty", "measures_told"
MOST_TITLES = 6
WITH_ACCOUNT = "exists (select from registry_proprietorship p where p.business_id = s.business_id)"
GROUPS = f"""
select s.signature_id, s.told, s.opted_out_on is not null
from measures_standing s where s.jurisdiction_id = %(jurisdiction)s and {WITH_ACCOUNT} group by 1, 2, 3
"""  # noqa: S608 - our own words
TELL = f"""
update measures_standing s set told = %(next)s
where s.jurisdiction_id = %(jurisdiction)s and s.signature_id = %(signature)s and s.told = %(told)s::bigint[]
  and (s.opted_out_on is not null) = %(opted_out)s and {WITH_ACCOUNT}
returning s.business_id
"""  # noqa: S608 - our own words
Kind = ReachEvent.Kind


@dataclass(frozen=True, slots=True)
class Told:
    """How many businesses were told of something, and how many pairs of business and measure that is."""

    businesses: int
    pairs: int


@transaction.atomic
def tell(*, by: User | None, jurisdiction: Jurisdiction) -> Told:
    """Tells every business whose proprietor has an account of each measure that it matches and was not told of.

    One notice a proprietor, whatever the number of measures. Who does not want to be told of what is no duty is told of
    duties alone. A measure for which nobody answers yet is not told.
    """
    measures = {one.number: one for one in Measure.objects.of(jurisdiction).in_force() if one.lead or one.co}
    matching = Matching.objects.of(jurisdiction).newest()
    counts: dict[int, int] = dict.fromkeys(measures, 0)
    businesses = 0
    for signature, told, opted_out in _groups(jurisdiction):
        fresh = [
            number
            for number in numbers_in(signature.matched)
            if number in measures and not holds(told, number) and (measures[number].is_binding or not opted_out)
        ]
        if fresh:
            usccs = _mark(jurisdiction, signature, told, opted_out=opted_out, fresh=fresh)
            _notify(jurisdiction, usccs, [measures[number] for number in fresh])
            businesses += len(usccs)
            for number in fresh:
                counts[number] += len(usccs)
    batches = _batches(by, matching, [(measures[number], count) for number, count in counts.items() if count])
    _record_told(by, jurisdiction, businesses, batches)
    return Told(businesses, sum(counts.values()))


@transaction.atomic
def see(*, by: User, business: Business, measures: Collection[Measure]) -> None:
    """The proprietor has looked at these measures; again changes nothing."""
    versions = _versions(measures)
    seen = [_event(one, business, Kind.SEEN, by, versions) for one in measures if one.pk in versions]
    ReachEvent.objects.bulk_create(seen, ignore_conflicts=True)


@transaction.atomic
def confirm(*, by: User, business: Business, measure: Measure) -> ReachEvent:
    """The proprietor wants a measure that goes by itself 免申即享: nothing more is asked for.

    Raises Refusal where the business does not match, or where the measure is not definite enough to go by itself.
    """
    version = _demand_matched(business, measure)
    if not version.goes_by_itself:
        raise Refusal(
            f"“{measure}”不是免申即享的措施，不在这里确认。",
            what_to_do=f"请按“{measure.get_delivery_display()}”的方式办理。",
        )
    if last_word(business, measure) == Kind.CONFIRMED:
        raise Refusal(f"“{measure}”已经确认过了。", what_to_do="不需要再次确认，请等待部门落实。")
    return _say(by, business, measure, Kind.CONFIRMED, "")


@transaction.atomic
def decline(*, by: User, business: Business, measure: Measure, reason: str) -> ReachEvent:
    """The proprietor does not want the measure; may be confirmed again later."""
    _demand_matched(business, measure)
    if last_word(business, measure) == Kind.DECLINED:
        raise Refusal(f"“{measure}”已经谢绝过了。", what_to_do="不需要再次谢绝。")
    return _say(by, business, measure, Kind.DECLINED, reason.strip() or "未说明")


@transaction.atomic
def set_opt_out(*, by: User, business: Business, opted_out: bool) -> Standing:
    """Whether the proprietor does not want to be told of measures that are no duty (PIPL 24)."""
    standing = Standing.objects.select_for_update().filter(pk=business.pk).first()
    if standing is None:
        raise Refusal("这一户还没有比对过措施。", what_to_do="请过一会儿再试。")
    if (standing.opted_out_on is not None) != opted_out:
        standing.opted_out_on = clock.today() if opted_out else None
        standing.save(update_fields=["opted_out_on"])
        record(
            by=by,
            verb="measures.opt_out" if opted_out else "measures.opt_in",
            subject=f"business:{business.pk}",
            clause="《个人信息保护法》第二十四条",
        )
    return standing


@transaction.atomic
def hand_out(*, by: User, measure: Measure, usccs: Collection[str], on: date) -> int:
    """Businesses that were told in person, by a hand-out: those that match and were not told yet. How many."""
    if on > clock.today():
        raise Refusal("告知日期在今天之后。", what_to_do="请填写实际告知的日期。")
    matched = Standing.objects.matched_by(measure.jurisdiction, measure.number).filter(pk__in=usccs)
    waiting = [one for one in matched.select_for_update() if not holds(one.told, measure.number)]
    for one in waiting:
        one.told = words_of([*numbers_in(one.told), measure.number])
    Standing.objects.bulk_update(waiting, ["told"], batch_size=1000)
    if waiting:
        matching = Matching.objects.of(measure.jurisdiction).newest()
        _batches(by, matching, [(measure, len(waiting))], way=ReachBatch.Way.HAND_OUT, on=on)
        detail = {"measure": measure.key, "businesses": len(waiting)}
        record(by=by, verb="measures.hand_out", subject=f"measure:{measure.pk}", detail=detail, clause=CLAUSE)
    return len(waiting)


def _groups(jurisdiction: Jurisdiction) -> Iterator[tuple[Signature, list[int], bool]]:
    signatures = Signature.objects.filter(jurisdiction=jurisdiction).in_bulk()
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, {"jurisdiction": jurisdiction.pk})
        found = cursor.fetchall()
    yield from ((signatures[pk], told, out) for pk, told, out in found)


def _mark(
    jurisdiction: Jurisdiction, signature: Signature, told: list[int], *, opted_out: bool, fresh: Sequence[int]
) -> list[str]:
    values: dict[str, str | int | list[int]] = {
        "jurisdiction": jurisdiction.pk,
        "signature": signature.pk,
        "told": told,
        "next": words_of([*numbers_in(told), *fresh]),
        "opted_out": opted_out,
    }
    with connection.cursor() as cursor:
        cursor.execute(TELL, values)
        return [uscc for (uscc,) in cursor.fetchall()]


def _notify(jurisdiction: Jurisdiction, usccs: Collection[str], measures: Sequence[Measure]) -> None:
    kind = DUTIES if any(one.is_binding for one in measures) else OTHERS
    titles = "、".join(f"{one.title}（{one.clause}）" for one in measures[:MOST_TITLES])
    more = "等" if len(measures) > MOST_TITLES else ""
    owners = Proprietorship.objects.filter(business_id__in=usccs).select_related("user", "business").order_by("pk")
    keys = "-".join(map(str, words_of(one.number for one in measures)))
    notify_all(
        jurisdiction=jurisdiction,
        kind=kind,
        messages=(
            Message(
                subject=f"business:{one.business_id}",
                recipient=one.user,
                values={"business": one.business.name, "count": len(measures), "measures": f"{titles}{more}"},
                link=f"/my/{one.business_id}/measures/",
                once=f"measures:{one.business_id}:{one.user_id}:{keys}",
            )
            for one in owners.iterator(chunk_size=1000)
        ),
    )


def _batches(
    by: User | None,
    matching: Matching | None,
    counts: Sequence[tuple[Measure, int]],
    *,
    way: str = ReachBatch.Way.NOTICE,
    on: date | None = None,
) -> list[ReachBatch]:
    versions = _versions([measure for measure, _ in counts])
    return ReachBatch.objects.bulk_create(
        ReachBatch(
            measure=measure,
            matching=matching,
            kind=ReachBatch.Kind.TOLD,
            way=way,
            on=on or clock.today(),
            version=versions[measure.pk].version,
            businesses=count,
            by=by,
        )
        for measure, count in counts
    )


def _record_told(by: User | None, jurisdiction: Jurisdiction, businesses: int, batches: Sequence[ReachBatch]) -> None:
    if batches:
        detail = {"businesses": businesses, "measures": {one.measure.key: one.businesses for one in batches}}
        record(
            by=by,
            verb="measures.tell",
            subject=f"matching:{batches[0].matching_id}",
            detail=detail,
            clause=CLAUSE,
            jurisdiction=jurisdiction.pk,
        )


def _versions(measures: Collection[Measure]) -> Mapping[int, MeasureVersion]:
    """The version in force of each measure, by the measure."""
    found = MeasureVersion.objects.in_force(clock.today()).filter(measure__in=measures)
    return {one.measure_id: one for one in found if one.measure_id is not None}


def _demand_matched(business: Business, measure: Measure) -> MeasureVersion:
    version = _versions([measure]).get(measure.pk)
    if version is None or measure.retired_on is not None:
        raise Refusal(f"“{measure}”现在没有施行。", what_to_do="请看现行的措施。")
    standing = Standing.objects.select_related("signature").filter(pk=business.pk).first()
    if standing is None or not holds(standing.signature.matched, measure.number):
        raise Refusal(f"{business}目前不符合“{measure}”。", what_to_do="原因在“不符合的措施”里逐项列出。")
    return version


def last_word(business: Business, measure: Measure) -> str:
    """What the proprietor said last of the measure: confirmed, declined, or nothing."""
    said = ReachEvent.objects.filter(business=business, measure=measure, kind__in=(Kind.CONFIRMED, Kind.DECLINED))
    last = said.order_by("-pk").first()
    return last.kind if last else ""


def _say(by: User, business: Business, measure: Measure, kind: str, reason: str) -> ReachEvent:
    event = _event(measure, business, kind, by, _versions([measure]))
    event.reason = reason
    event.save()
    record(
        by=by,
        verb="measures.confirm" if kind == Kind.CONFIRMED else "measures.decline",
        subject=f"business:{business.pk}",
        detail={"measure": measure.key, "version": event.version},
        clause=CLAUSE,
    )
    return event


def _event(
    measure: Measure, business: Business, kind: str, by: User, versions: Mapping[int, MeasureVersion]
) -> ReachEvent:
    version = versions[measure.pk].version
    return ReachEvent(measure=measure, business=business, kind=kind, on=clock.today(), version=version, by=by)
