"""The work list: what has come, what is missing, what to do next."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from jieti.accounts.perms import is_officer
from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from jieti.web.access import only
from rulecore.model import Source


@dataclass(frozen=True)
class Task:
    """A line of the work list: what, how it stands, and where to go on."""

    title: str
    detail: str
    state: str
    tag: str
    link: str = ""
    action: str = ""


@only(is_officer)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Deliveries source by source, the annual norm, the run of the year."""
    year = clock.today().year
    rulebook = current_rulebook()
    needed = rulebook.sources_of()
    states = Delivery.objects.latest_by_source()
    deliveries = [_delivery_task(source, states.get(key)) for key, source in needed.items()]
    others = [_delivery_task(source, states.get(key)) for key, source in rulebook.sources.items() if key not in needed]
    context = {
        "year": year,
        "deliveries": deliveries,
        "others": others,
        "received": sum(task.tag == "good" for task in deliveries),
        "norm": _norm_task(year),
        "run": _run_task(year),
    }
    return render(request, "officer/home.html", context)


def _delivery_task(source: Source, latest: Delivery | None) -> Task:
    supplier = current_rulebook().organisation(source.supplier)
    if latest is None:
        upload = f"{reverse('officer:delivery-new')}?source={source.key}"
        return Task(source.title, supplier, "尚未接收", "", upload, "上传")
    link = reverse("officer:delivery", args=[latest.pk])
    if latest.status == Delivery.Status.REFUSED:
        return Task(source.title, f"{supplier}　{latest.file_name}", "整份退回", "bad", link, "查看原因")
    detail = f"{supplier}　数据截至{latest.as_of:%Y-%m-%d}，读入{latest.taken:,}行，退回{latest.refused:,}行"
    return Task(source.title, detail, "已接收", "good", link, "查看")


def _norm_task(year: int) -> Task:
    title = f"{year}年认定标准"
    approved = AnnualNorm.objects.in_force(year)
    if approved is not None:
        detail = f"{approved.document_number}{'（样例）' if approved.is_sample else ''}"
        return Task(title, detail, "已审批", "good", reverse("officer:norm", args=[approved.pk]), "查看")
    waiting = AnnualNorm.objects.waiting().of_year(year).first()
    if waiting is not None:
        link = reverse("officer:norm", args=[waiting.pk])
        return Task(title, waiting.document_number, "待审批", "warn", link, "查看")
    return Task(title, "判定开始前须经另一人审批", "尚未录入", "", reverse("officer:norm-new"), "录入")


def _run_task(year: int) -> Task:
    title = f"{year}年度分型判定"
    run = Run.objects.main_of(current_rulebook().key, year)
    if run is None:
        return Task(title, "正式判定每年只进行一次", "尚未开始", "", reverse("officer:run-new"), "发起")
    link = reverse("officer:run", args=[run.pk])
    tag = "good" if run.status == Run.Status.PUBLISHED else "warn"
    action = "核对并公布" if run.status == Run.Status.DONE else "查看"
    return Task(title, f"判定基准日{run.basis_date:%Y-%m-%d}", run.get_status_display(), tag, link, action)
