"""Why results are pending 待数据: which requirement, which fact, who supplies it, and what is being done about it."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, F, Q
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from jieti.accounts.models import Organisation
from jieti.accounts.perms import may_read_results, may_run_determination
from jieti.determinations.actions import chase as chase_supplier
from jieti.determinations.models import Result, Run
from jieti.determinations.rejudging import LATE, late_deliveries
from jieti.determinations.rejudging import rejudge as judge_again
from jieti.directory.overview import waiting_by_bit
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.registry.feeds import suppliers_of
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import rulebook_of
from jieti.web.access import OfficerRequest, only
from rulecore.model import (
    All,
    AnyOf,
    AtLeast,
    Compare,
    CriterionRef,
    Expression,
    Member,
    Not,
    ParameterRef,
    Rulebook,
    Source,
)


@dataclass(frozen=True)
class Waiting:
    """So many results without a tier lack this requirement's outcome."""

    label: str
    clause: str
    facts: str
    suppliers: str
    norm: str
    count: int


@dataclass(frozen=True)
class Gap:
    """So many results without a tier lack something that this source tells; `has_come` whether the run had its data."""

    source: Source
    supplier: Organisation
    has_come: bool
    count: int

    @property
    def state(self) -> str:
        return "已送来，没有这些户的" if self.has_come else "判定时没有送来"


def waiting(run: Run) -> list[Waiting]:
    """The requirements that keep results pending, the most frequent first."""
    rulebook = rulebook_of(run.rulebook)
    counts = waiting_by_bit(run, len(rulebook.criteria))
    found = (_waiting(rulebook, key, counts.get(bit, 0)) for bit, key in enumerate(rulebook.criteria))
    return sorted((item for item in found if item.count and item.facts), key=lambda item: -item.count)


def gaps(run: Run, request: OfficerRequest) -> list[Gap]:
    """The sources that pending results wait for, the most frequent first."""
    rulebook = rulebook_of(run.rulebook)
    masks = {key: mask for key in rulebook.sources_of() if (mask := _bits_of(rulebook, key))}
    pending = Result.objects.current().filter(run=run).pending().order_by()
    pending = pending.alias(**{f"of_{key}": F("unknown_bits").bitand(mask) for key, mask in masks.items()})
    counts = pending.aggregate(**{key: Count("pk", filter=Q(**{f"of_{key}__gt": 0})) for key in masks})
    suppliers = suppliers_of(request.jurisdiction, masks)
    found = [
        Gap(rulebook.sources[key], suppliers[key], run.inputs.get(key) is not None, count)
        for key, count in counts.items()
        if count and key in suppliers
    ]
    return sorted(found, key=lambda gap: (gap.has_come, -gap.count))


@only(may_read_results)
@require_safe
def index(request: OfficerRequest, pk: int) -> HttpResponse:
    """What the pending results of a run wait for, whom to ask, and what has come since."""
    run = _finished(request, pk)
    context = {
        "run": run,
        "gaps": gaps(run, request),
        "waiting": waiting(run),
        "pending": Result.objects.current().filter(run=run).pending().count(),
        "late": [(one, _title(run, one)) for one in late_deliveries(run)],
        "rejudged": _rejudged(run),
        "may_run": may_run_determination(request.user, request.jurisdiction),
    }
    return render(request, "officer/run_waiting.html", context)


@only(may_read_results)
@require_safe
def index_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The same as a table: what is missing, by requirement."""
    run = _finished(request, pk)
    rows = [[one.label, one.clause, one.facts, one.norm, one.suppliers, one.count] for one in waiting(run)]
    headers = ["条件", "依据", "需要的数据", "需要的认定标准", "提供部门", "户数"]
    return xlsx_response(f"{run.year}年度待数据的原因.xlsx", headers, rows)


@only(may_run_determination)
@require_POST
def chase(request: OfficerRequest, pk: int) -> HttpResponse:
    """Asks the supplier of a source for its data."""
    run = _finished(request, pk)
    source = request.POST.get("source", "")
    if source not in run.inputs:
        raise Http404
    try:
        supplier = chase_supplier(by=request.user, run=run, source_key=source)
        messages.success(request, f"已通知{supplier}的工作人员。")
    except Refusal as refused:
        messages.warning(request, str(refused))
    return redirect("officer:run-waiting", run.pk)


@only(may_run_determination)
@require_POST
def rejudge(request: OfficerRequest, pk: int, delivery: int) -> HttpResponse:
    """Judges the pending results again with data that came late, without waiting for the hour."""
    run = _finished(request, pk)
    late = get_object_or_404(Delivery.objects.of(request.jurisdiction), pk=delivery)
    try:
        found = judge_again(by=request.user, run=run, delivery=late)
        messages.success(request, f"重新判定了{found.pending}户：确定{found.settled}户，范围缩小{found.narrowed}户。")
    except Refusal as refused:
        messages.warning(request, str(refused))
    return redirect("officer:run-waiting", run.pk)


def _finished(request: OfficerRequest, pk: int) -> Run:
    run = get_object_or_404(Run.objects.of(request.jurisdiction).select_related("rulebook", "norm"), pk=pk)
    if not run.has_results:
        raise Http404
    return run


def _rejudged(run: Run) -> list[dict[str, object]]:
    """The late deliveries by which results were judged again, with their sources' titles."""
    sources = rulebook_of(run.rulebook).sources
    return [{**entry, "title": sources[entry["source"]].title} for entry in run.counts.get(LATE, [])]


def _title(run: Run, delivery: Delivery) -> str:
    return rulebook_of(run.rulebook).sources[delivery.source_key].title


def _bits_of(rulebook: Rulebook, source: str) -> int:
    """The bits of the criteria that ask for a fact of the source."""
    mask = 0
    for bit, criterion in enumerate(rulebook.criteria.values()):
        if any(rulebook.facts[leaf.left.name].source == source for leaf in _comparisons(criterion.when)):
            mask |= 1 << bit
    return mask


def _waiting(rulebook: Rulebook, key: str, count: int) -> Waiting:
    criterion = rulebook.criteria[key]
    leaves = list(_comparisons(criterion.when))
    facts = [rulebook.facts[name] for name in dict.fromkeys(leaf.left.name for leaf in leaves)]
    norms = [rulebook.parameters[name] for leaf in leaves for name in _parameters(leaf)]
    return Waiting(
        label=criterion.label,
        clause=criterion.clause,
        facts="、".join(fact.label for fact in facts),
        suppliers="、".join(dict.fromkeys(rulebook.organisation(fact.supplier) for fact in facts)),
        norm="、".join(item.label for item in norms if item.annual_norm),
        count=count,
    )


def _comparisons(item: Expression) -> Iterator[Compare | Member]:
    match item:
        case Compare() | Member():
            yield item
        case All(items) | AnyOf(items) | AtLeast(_, items):
            for part in items:
                yield from _comparisons(part)
        case Not(inner) if not isinstance(inner, CriterionRef):
            yield from _comparisons(inner)


def _parameters(leaf: Compare | Member) -> list[str]:
    return [leaf.right.name] if isinstance(leaf, Compare) and isinstance(leaf.right, ParameterRef) else []
