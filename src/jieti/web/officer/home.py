"""The work table: what has come, what is missing, what to do next."""

from collections.abc import Mapping

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.accounts.perms import is_member, is_officer
from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from jieti.web.access import OfficerRequest, only
from jieti.web.officer.worklist import Task, tasks_for
from rulecore.model import Rulebook, Source


@only(is_member)
@require_safe
def home(request: OfficerRequest) -> HttpResponse:
    """What waits for the reader; for the regulator the year's three steps, for a department its own tables."""
    year = clock.today().year
    rulebook = current_rulebook(request.jurisdiction)
    sources, needed = _sources(request, rulebook), rulebook.sources_of()
    states = Delivery.objects.of(request.jurisdiction).latest_by_source()
    tasks = {key: _delivery_task(rulebook, source, states.get(key)) for key, source in sources.items()}
    deliveries = [task for key, task in tasks.items() if key in needed]
    context: dict[str, object] = {
        "year": year,
        "mine": tasks_for(request.user, request.jurisdiction),
        "deliveries": deliveries,
        "others": [task for key, task in tasks.items() if key not in needed],
        "received": sum(task.tag == "good" for task in deliveries),
    }
    if is_officer(request.user, request.jurisdiction):
        context |= {"norm": _norm_task(year, request.jurisdiction), "run": _run_task(year, request.jurisdiction)}
    return render(request, "officer/home.html", context)


def _sources(request: OfficerRequest, rulebook: Rulebook) -> Mapping[str, Source]:
    """Every source for the regulator, its own for a department, none for the others."""
    if is_officer(request.user, request.jurisdiction):
        return rulebook.sources
    own = set(Organisation.objects.worked_for_by(request.user).values_list("key", flat=True))
    return {key: source for key, source in rulebook.sources.items() if source.supplier in own}


def _delivery_task(rulebook: Rulebook, source: Source, latest: Delivery | None) -> Task:
    supplier = rulebook.organisation(source.supplier)
    if latest is None:
        upload = f"{reverse('officer:delivery-new')}?source={source.key}"
        return Task(source.title, supplier, "尚未接收", "", upload, "上传")
    link = reverse("officer:delivery", args=[latest.pk])
    if latest.status != Delivery.Status.ACCEPTED:
        tag = "bad" if latest.status in {Delivery.Status.REFUSED, Delivery.Status.DECLINED} else "warn"
        return Task(source.title, f"{supplier}　{latest.file_name}", latest.get_status_display(), tag, link, "查看")
    detail = f"{supplier}　数据截至{latest.as_of:%Y-%m-%d}，读入{latest.taken:,}行，退回{latest.refused:,}行"
    return Task(source.title, detail, "已生效", "good", link, "查看")


def _norm_task(year: int, jurisdiction: Jurisdiction) -> Task:
    title = f"{year}年认定标准"
    approved = AnnualNorm.objects.in_force(year, jurisdiction.rulebook)
    if approved is not None:
        detail = f"{approved.document_number}{'（样例）' if approved.is_sample else ''}"
        return Task(title, detail, "已审批", "good", reverse("officer:norm", args=[approved.pk]), "查看")
    waiting = AnnualNorm.objects.waiting().of_year(year, jurisdiction.rulebook).first()
    if waiting is not None:
        link = reverse("officer:norm", args=[waiting.pk])
        return Task(title, waiting.document_number, "待审批", "warn", link, "查看")
    return Task(title, "判定开始前须经另一人审批", "尚未录入", "", reverse("officer:norm-new"), "录入")


def _run_task(year: int, jurisdiction: Jurisdiction) -> Task:
    title = f"{year}年度分型判定"
    run = Run.objects.main_of(jurisdiction.rulebook, year)
    if run is None:
        return Task(title, "正式判定每年只进行一次", "尚未开始", "", reverse("officer:run-new"), "发起")
    link = reverse("officer:run", args=[run.pk])
    tag = "good" if run.status == Run.Status.PUBLISHED else "warn"
    action = "核对并公布" if run.status == Run.Status.DONE else "查看"
    return Task(title, f"判定基准日{run.basis_date:%Y-%m-%d}", run.get_status_display(), tag, link, action)
