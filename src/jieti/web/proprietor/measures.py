"""The measures for one business: what comes without an application, what fits, what is open, what does not and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.conditions import Rule
from jieti.measures.matching import Reason, reasons, rules_in_force
from jieti.measures.models import Measure, MeasureVersion, ReachEvent, Standing, holds
from jieti.measures.telling import confirm, decline, see, set_opt_out
from jieti.registry.models import Business
from jieti.web.access import MemberRequest
from jieti.web.proprietor.own import handled, is_agent

Kind = ReachEvent.Kind
TAGS = {Kind.CONFIRMED: "doing", Kind.USED: "good", Kind.DECLINED: "", Kind.BLOCKED: "warn"}
SHOWN = (Kind.CONFIRMED, Kind.DECLINED, Kind.USED, Kind.BLOCKED)


@dataclass(frozen=True, slots=True)
class Line:
    """One measure that fits: why, how far it is, and whether it can be answered here."""

    measure: Measure
    version: MeasureVersion
    reason: str
    event: ReachEvent | None
    tag: str

    @property
    def may_confirm(self) -> bool:
        return self.version.goes_by_itself and (self.event is None or self.event.kind == Kind.DECLINED)

    @property
    def may_decline(self) -> bool:
        return self.event is None or self.event.kind == Kind.CONFIRMED


@dataclass(frozen=True, slots=True)
class Others:
    """Measures that do not fit, or cannot be told yet, for one and the same reason."""

    reason: str
    measures: tuple[Measure, ...]


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """What fits the business, without its asking; what does not, with the reason; what is still open."""
    business = handled(request, uscc)
    return _page(request, business, None)


@login_required
@require_POST
def answer(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Confirms or declines one measure."""
    business = handled(request, uscc)
    measure = get_object_or_404(Measure.objects.of(business.jurisdiction), pk=pk)
    try:
        if request.POST.get("answer") == "confirm":
            confirm(by=request.user, business=business, measure=measure)
        else:
            decline(by=request.user, business=business, measure=measure, reason=request.POST.get("reason", "")[:300])
    except Refusal as refused:
        return _page(request, business, refused)
    return redirect("proprietor:measures", business.pk)


@login_required
@require_POST
def wishes(request: MemberRequest, uscc: str) -> HttpResponse:
    """Whether to be told of measures that are no duty."""
    business = handled(request, uscc)
    try:
        set_opt_out(by=request.user, business=business, opted_out=request.POST.get("told") == "no")
    except Refusal as refused:
        return _page(request, business, refused)
    return redirect("proprietor:measures", business.pk)


def _page(request: MemberRequest, business: Business, refusal: Refusal | None) -> HttpResponse:
    standing = Standing.objects.select_related("signature").filter(pk=business.pk).first()
    rules = rules_in_force(business.jurisdiction) if standing else []
    why = reasons(business, rules) if standing else {}
    lines = list(_lines(business, standing, why)) if standing else []
    if request.method == "GET":
        see(by=request.user, business=business, measures=[line.measure for line in lines])
    context = {
        "business": business,
        "is_agent": is_agent(request, business),
        "standing": standing,
        "fitting": len(lines),
        "automatic": [line for line in lines if line.version.goes_by_itself],
        "others": [line for line in lines if not line.version.goes_by_itself],
        "pending": _others(business, standing, rules, why, "unknown") if standing else [],
        "unmatched": _others(business, standing, rules, why, "unmatched") if standing else [],
        "refusal": refusal,
    }
    return render(request, "proprietor/measures.html", context, status=409 if refusal else 200)


def _lines(business: Business, standing: Standing, why: Mapping[int, Reason]) -> Iterator[Line]:
    events = _last_steps(business)
    versions = MeasureVersion.objects.of(business.jurisdiction).in_force(clock.today()).select_related("measure")
    for version in versions.order_by("measure__order"):
        measure = version.measure
        if measure is not None and holds(standing.signature.matched, measure.number):
            event = events.get(measure.pk)
            tag = TAGS[Kind(event.kind)] if event else ""
            yield Line(measure, version, why[measure.number].text, event, tag)


def _last_steps(business: Business) -> dict[int, ReachEvent]:
    """The last thing that happened with each measure, having been looked at aside."""
    events = ReachEvent.objects.filter(business=business, kind__in=SHOWN).order_by("pk")
    return {event.measure_id: event for event in events.select_related("organisation")}


def _others(
    business: Business, standing: Standing, rules: Sequence[Rule], why: Mapping[int, Reason], kind: str
) -> list[Others]:
    """Those of a kind, gathered by what stands in their way; by clause they would be told apart needlessly."""
    measures = {one.number: one for one in Measure.objects.of(business.jurisdiction).in_force()}
    found: dict[str, list[Measure]] = {}
    for rule in rules:
        is_open = holds(standing.signature.unknown, rule.number)
        is_matched = holds(standing.signature.matched, rule.number)
        if not is_matched and is_open == (kind == "unknown") and rule.number in measures:
            found.setdefault(why[rule.number].plain, []).append(measures[rule.number])
    return [Others(reason, tuple(those)) for reason, those in found.items()]
