"""Every measure with its department, strength and basis, for anybody to read; the gaps are shown as gaps."""

from typing import Any

from django.db.models import Prefetch
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.domain.terms import Category, Tier
from jieti.kit import clock
from jieti.kit.tables import xlsx_response
from jieti.measures.models import NO_DEPARTMENT, NO_ENTITLEMENT, Measure, MeasureVersion

HEADERS = (
    "对象",
    "编号",
    "措施",
    "内容",
    "负责部门",
    "力度",
    "效力",
    "方式",
    "适用条件",
    "施行日期",
    "截止日期",
    "政策依据",
    "条款",
    "咨询方式",
)
OPEN = "open"
"""Asked of `department`: the measures for which nobody answers yet."""


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All measures by tier, by category, and those for everybody, each with its department; of one if asked."""
    measures, asked = _measures(), request.GET.get("department", "")
    departments = {one.lead: one.lead_name for one in measures if one.lead}
    shown = [one for one in measures if _fits(one, asked)]
    context = {
        "groups": _groups(shown),
        "departments": sorted(departments.items(), key=lambda item: item[1]),
        "asked": asked,
        "open": OPEN,
        "total": len(measures),
        "found": len(shown),
        "gaps": sum(not one.lead for one in measures),
        "no_department": NO_DEPARTMENT,
    }
    return render(request, "public/measures.html", context)


@require_safe
def index_xlsx(_request: HttpRequest) -> FileResponse:
    """All of them as a table."""
    rows = (_row(group["title"], one) for group in _groups(_measures()) for one in group["measures"])
    return xlsx_response("帮扶培育措施.xlsx", HEADERS, rows)


def _measures() -> list[Measure]:
    current = MeasureVersion.objects.in_force(clock.today())
    return list(
        Measure.objects.of_site().in_force().prefetch_related(Prefetch("versions", queryset=current, to_attr="now"))
    )


def _fits(one: Measure, department: str) -> bool:
    if department == OPEN:
        return not one.lead
    return not department or department == one.lead or department in one.co


def _groups(measures: list[Measure]) -> list[dict[str, Any]]:
    named = [
        *((tier.value, f"“{tier.label}”个体工商户") for tier in Tier),
        *((category.value, f"“{category.label}”个体工商户") for category in Category),
        ("", "面向全部个体工商户"),
    ]
    groups = (
        {"key": key or "general", "title": title, "measures": [one for one in measures if one.scope == key]}
        for key, title in named
    )
    return [group for group in groups if group["measures"]]


def _row(title: str, one: Measure) -> list[object]:
    current: MeasureVersion | None = next(iter(one.now), None)  # type: ignore[attr-defined]  # prefetched above
    later = (
        [current.sentence, current.starts_on, current.ends_on, current.legal_basis] if current else ["", None, None, ""]
    )
    return [
        title, one.key, one.title, one.gist, one.department, one.get_strength_display(),
        "" if one.is_binding else NO_ENTITLEMENT, one.get_delivery_display(), *later, one.clause,
        current.contact if current else "",
    ]  # fmt: skip
