"""Blast radius: a corrected fact, followed to everything in a published run that used it. 附件一(二)3.c, AMB-23.

A fact is corrected by a further version of a result (an upheld objection, data that came late) or by a delivery that
says otherwise than the run knew. What a version brought has happened; what a delivery would bring waits for a decision,
because a published result is a snapshot. `USES` is the list of those who use a result: whoever adds one is asked.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.models import NationalExport, Result, Run
from jieti.determinations.recomputing import Recomputed, recompute_with
from jieti.domain.quota import Quota
from jieti.kit import clock
from jieti.measures.models import Measure
from jieti.registry.models import Business, CorrectionRequest, Delivery
from jieti.rulebooks.catalogue import rulebook_of
from jieti.supervision.models import Effect, Trace

CLAUSE = "附件一(二)3.c"
PENDING = "pending"
Said = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Label:
    """What a result says."""

    tier: str | None
    possible: tuple[str, ...]

    @property
    def mark(self) -> str:
        return self.tier or PENDING

    def said(self) -> Said:
        return {"tier": self.tier, "possible": list(self.possible)}


@dataclass(frozen=True, slots=True)
class Change:
    """A business's label before and after; `facts` are the corrected ones, `version` that of the result before."""

    uscc: str
    before: Label
    after: Label
    version: int
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Published:
    """A published run as it stands: what its uses say before a change."""

    run: Run
    quota: Quota | None
    towns: Mapping[str, str]
    counts: Mapping[str, Counter[str]]
    measures: Mapping[str, Sequence[str]]
    exports: Sequence[NationalExport]
    places: Mapping[str, int]
    """The place of each business in a package that was sent; empty where none was."""

    @property
    def tiers(self) -> Counter[str]:
        return sum(self.counts.values(), Counter())

    def move(self, change: Change) -> None:
        """Counts the business under its new label."""
        counts = self.counts[self.towns.get(change.uscc, "")]
        counts[change.before.mark] -= 1
        counts[change.after.mark] += 1

    @classmethod
    def of(cls, run: Run) -> "Published":
        """The run with the counts of its current results by town."""
        current = Result.objects.current().filter(run=run)
        towns = dict(Business.objects.filter(pk__in=current.values("uscc")).values_list("pk", "town"))
        counts: dict[str, Counter[str]] = {}
        tiers = dict(current.values_list("uscc", "tier"))
        for uscc, tier in tiers.items():
            counts.setdefault(towns.get(uscc, ""), Counter())[tier or PENDING] += 1
        measures: dict[str, list[str]] = {}
        for tier, key in Measure.objects.in_force().filter(scope_kind="tier").values_list("scope", "key"):
            measures.setdefault(tier, []).append(key)
        sent = list(NationalExport.objects.filter(run=run, sent_at__isnull=False).order_by("pk"))
        places = {uscc: place for place, uscc in enumerate(sorted(tiers), 1)} if sent else {}
        return cls(run, Quota.of(rulebook_of(run.rulebook).procedure), towns, counts, measures, sent, places)


@dataclass(frozen=True, slots=True)
class Used:
    """What one use says now and would say."""

    before: Said
    after: Said
    item: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """Something that rests on results: what a change does to it, and how that is settled.

    ANNOTATED: it has gone out and cannot be taken back, so that the effect itself is the note on it.
    """

    kind: Effect.Kind
    find: Callable[[Change, Published], Iterator[Used]]
    settled: Effect.Status


def _result(change: Change, _: Published) -> Iterator[Used]:
    yield Used({**change.before.said(), "version": change.version}, change.after.said())


def _directory(change: Change, _: Published) -> Iterator[Used]:
    yield Used(change.before.said(), change.after.said())


def _quota(change: Change, published: Published) -> Iterator[Used]:
    """The base of the 5 % (附件三(四)) and the ceiling that follows from it."""
    quota = published.quota
    if quota is None:
        return
    base = quota.base_count(published.tiers)
    after = base + (change.after.mark in quota.base) - (change.before.mark in quota.base)
    if after != base:
        yield Used({"base": base, "ceiling": quota.ceiling(base)}, {"base": after, "ceiling": quota.ceiling(after)})


def _measures(change: Change, published: Published) -> Iterator[Used]:
    before, after = (list(published.measures.get(label.mark, ())) for label in (change.before, change.after))
    if before != after:
        yield Used({"measures": before}, {"measures": after})


def _statistics(change: Change, published: Published) -> Iterator[Used]:
    """The published number of businesses of both labels, in their town."""
    left, entered = change.before.mark, change.after.mark
    if left == entered:
        return
    town = published.towns.get(change.uscc, "")
    counts = published.counts[town]
    before, after = (
        {left: counts[left], entered: counts[entered]},
        {left: counts[left] - 1, entered: counts[entered] + 1},
    )
    yield Used({"town": town, **before}, {"town": town, **after})


def _exports(change: Change, published: Published) -> Iterator[Used]:
    for export in published.exports:
        yield Used({"export": export.pk, **change.before.said()}, change.after.said(), f"export:{export.pk}")


@dataclass(frozen=True, slots=True)
class _Followed:
    """A change and its cause; `happened` is the version that it has brought already."""

    cause: str
    change: Change
    happened: Result | None = None


USES: tuple[Use, ...] = (
    Use(Effect.Kind.RESULT, _result, Effect.Status.DONE),
    Use(Effect.Kind.DIRECTORY, _directory, Effect.Status.DONE),
    Use(Effect.Kind.QUOTA, _quota, Effect.Status.DONE),
    Use(Effect.Kind.MEASURES, _measures, Effect.Status.DONE),
    Use(Effect.Kind.STATISTICS, _statistics, Effect.Status.ANNOTATED),
    Use(Effect.Kind.EXPORT, _exports, Effect.Status.ANNOTATED),
)
SETTLED = {use.kind.value: use.settled for use in USES}


def effects_of_delivery(delivery: Delivery, *, run: Run) -> list[Change]:
    """The results of a published run that an accepted delivery would make other ones. Writes nothing."""
    return [change_of(one) for one in recompute_with(run, delivery) if one.moves]


@transaction.atomic
def trace_delivery(*, by: User | None, delivery: Delivery, run: Run) -> Trace:
    """Lists what an accepted delivery would change in a published run, to be decided; again it changes nothing."""
    return _traced(by, run, f"delivery:{delivery.pk}", lambda: recompute_with(run, delivery))


@transaction.atomic
def trace_request(*, by: User | None, request: CorrectionRequest, run: Run) -> Trace:
    """The same for the one business whose value a department has corrected on request, of whatever day its data are."""
    delivery, usccs = request.delivery, [request.business_id]
    found = recompute_with(run, delivery, usccs=usccs) if delivery else []
    return _traced(by, run, f"correction:{request.pk}", lambda: found)


@transaction.atomic
def trace_versions(*, by: User | None, run: Run) -> int:
    """Lists what further versions of published results have changed, settled; of how many versions.

    The notes on what had gone out come with it; the directory issues by itself the entries of such versions
    (`directory.actions.follow_results`).
    """
    since = Result.objects.filter(run=run, version__gt=1, decided_at__gte=run.published_at)
    done = Effect.objects.filter(run=run, kind=Effect.Kind.RESULT, status=Effect.Status.DONE)
    known = {
        (uscc, cause, version + 1) for uscc, cause, version in done.values_list("uscc", "cause", "before__version")
    }
    keys = since.values_list("pk", "uscc", "cause", "version")
    fresh = [pk for pk, *key in keys if tuple(key) not in known]
    new = list(since.filter(pk__in=fresh).select_related("decided_by").order_by("uscc", "version"))
    if not new:
        return 0
    earlier = Result.objects.filter(run=run, uscc__in=[one.uscc for one in new])
    before = {(one.uscc, one.version): one for one in earlier}
    followed = []
    for one in new:
        was = before[one.uscc, one.version - 1]
        change = Change(one.uscc, label_of(was), label_of(one), was.version, one.facts)
        followed.append(_Followed(one.cause, change, one))
    _write(Published.of(run), followed)
    _record(by, run, "versions", len(new))
    return len(new)


def trace_all(jurisdiction: Jurisdiction) -> int:
    """Follows whatever has corrected the newest published run and was not followed yet; how many businesses."""
    run = Run.objects.of(jurisdiction).main().published().order_by("-year").first()
    if run is None:
        return 0
    found = trace_versions(by=None, run=run)
    known = set(Trace.objects.filter(run=run).values_list("cause", flat=True))
    since = Delivery.objects.of(jurisdiction).accepted().filter(known_at__gt=run.created_at, source_key__in=run.inputs)
    for delivery in since.order_by("known_at", "pk"):
        if f"delivery:{delivery.pk}" not in known:
            found += trace_delivery(by=None, delivery=delivery, run=run).changes
    answered = CorrectionRequest.objects.filter(
        business__jurisdiction=jurisdiction, delivery__isnull=False, answered_at__gt=run.published_at
    )
    for request in answered.select_related("delivery").order_by("answered_at", "pk"):
        if f"correction:{request.pk}" not in known:
            found += trace_request(by=None, request=request, run=run).changes
    return found


def change_of(one: Recomputed) -> Change:
    """What a recomputation found, as a change of a label."""
    after = Label(one.tier, one.possible)
    return Change(one.before.uscc, label_of(one.before), after, one.before.version, one.facts)


def change_of_effect(effect: Effect) -> Change:
    """The change that an effect on a result stands for."""
    before, after = (Label(said["tier"], tuple(said["possible"])) for said in (effect.before, effect.after))
    return Change(effect.uscc, before, after, effect.before["version"], effect.facts)


def label_of(result: Result) -> Label:
    """What a result says."""
    return Label(result.tier, tuple(result.possible))


def uses_of(change: Change, published: Published) -> Iterator[tuple[Use, Used]]:
    """Everything that uses the result of a business and would say something else."""
    for use in USES:
        for used in use.find(change, published):
            yield use, used


def _traced(by: User | None, run: Run, cause: str, find: Callable[[], Sequence[Recomputed]]) -> Trace:
    Run.objects.select_for_update(of=("self",)).get(pk=run.pk)
    known = Trace.objects.filter(run=run, cause=cause).first()
    if known is not None:
        return known
    found = find()
    _replace(run, cause, [one.before.uscc for one in found])
    changes = [change_of(one) for one in found if one.moves]
    if changes:
        _write(Published.of(run), [_Followed(cause, change) for change in changes])
    home = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    _record(by, run, cause, len(changes))
    return Trace.objects.create(jurisdiction=home, run=run, cause=cause, changes=len(changes))


def _replace(run: Run, cause: str, usccs: Sequence[str]) -> None:
    """What still waits about these businesses is out of date: the newer cause lists it anew where it still holds."""
    Effect.objects.open().filter(run=run, uscc__in=usccs).update(
        status=Effect.Status.KEPT, done_at=clock.now(), note=f"事实又有变动，以{cause}列出的为准"
    )


def _write(published: Published, followed: Sequence[_Followed]) -> None:
    """The effects of changes, open; those of a version that is there are settled."""
    run = published.run
    home = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    effects = []
    for one in followed:
        change, happened = one.change, one.happened
        for use, used in uses_of(change, published):
            effect = Effect(
                jurisdiction=home,
                run=run,
                cause=one.cause,
                uscc=change.uscc,
                kind=use.kind,
                item=f"{used.item} v{happened.version}".strip() if happened is not None else used.item,
                before=used.before,
                after=used.after,
                facts=dict(change.facts) if use.kind == Effect.Kind.RESULT else {},
            )
            if happened is not None:
                by, at = happened.decided_by, happened.decided_at
                settle(effect, published, by=by, at=at, reason="随结果的新版次处理")
            effects.append(effect)
    Effect.objects.bulk_create(effects, batch_size=2_000)


def settle(effect: Effect, published: Published, *, by: User | None, reason: str, at: datetime | None = None) -> None:
    """Marks an effect as followed through, unsaved; what has gone out gets the words that stand beside it."""
    effect.status = SETTLED[effect.kind]
    effect.done_by, effect.done_at = by, at or clock.now()
    note = annotation_of(effect, published) if effect.status == Effect.Status.ANNOTATED else ""
    effect.note = f"{note}{reason}"


def annotation_of(effect: Effect, published: Published) -> str:
    """What is to be read beside a statistic or a package that has gone out."""
    if effect.kind != Effect.Kind.EXPORT:
        return "公布后有更正，现行数字见“更正后”。"
    return f"第{published.places[effect.uscc]}户已更正，见{effect.cause}。"


def _record(by: User | None, run: Run, cause: str, changes: int) -> None:
    record(
        by=by,
        verb="supervision.trace",
        subject=f"run:{run.pk}",
        detail={"cause": cause, "changes": changes},
        clause=CLAUSE,
        jurisdiction=Jurisdiction.objects.get(rulebook=run.rulebook_key).pk,
    )
