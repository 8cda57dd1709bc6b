"""The standard, how pages look: what anybody may read."""

from decimal import Decimal
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from jieti.kit import clock
from jieti.kit.tables import xlsx_response
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from jieti.web import standards as standard
from jieti.web.site import DISPLAY_COOKIE, LARGE

YEAR_SECONDS = 365 * 24 * 60 * 60


@require_safe
def standards(request: HttpRequest) -> HttpResponse:
    """The tier standard with every clause, and the annual norm where there is one."""
    rulebook, norm = current_rulebook(), _norm()
    document = rulebook.document
    context = {
        "norm": norm,
        "amounts": standard.amounts(rulebook, _values(norm)),
        "parts": standard.parts(rulebook),
        "document": [
            ("名称", rulebook.title),
            ("发文字号", document["number"]),
            ("制发单位", document["issuer"]),
            ("成文日期", document["made_on"]),
            ("发布日期", document["issued_on"]),
            ("有效性", document["status"]),
            ("索引号", document["index"]),
            ("主题分类", document["subject"]),
            *(("上位文件", f"{parent['title']}（{parent['number']}）") for parent in rulebook.parents),
        ],
    }
    return render(request, "public/standards.html", context)


@require_safe
def standards_xlsx(_request: HttpRequest) -> FileResponse:
    """Every requirement and every amount of the standard as a table."""
    rulebook = current_rulebook()
    rows: list[list[Any]] = [
        [part.title, node.sentence, node.clause]
        for part in standard.parts(rulebook)
        for node in standard.leaves(part.nodes)
    ]
    rows += [
        ["数额标准", f"{a.label}：{a.text or '未公布'}", a.clause] for a in standard.amounts(rulebook, _values(_norm()))
    ]
    return xlsx_response("个体工商户分型标准.xlsx", ["部分", "条件", "依据"], rows)


@require_safe
def display(request: HttpRequest, mode: str) -> HttpResponse:
    """Turns large type 长者版 on or off for this browser and goes back to where the reader was."""
    back = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    response = redirect(back if safe else reverse("public:search"))
    if mode == LARGE:
        response.set_cookie(DISPLAY_COOKIE, LARGE, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(DISPLAY_COOKIE, samesite="Lax")
    return response


@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Search engines may read the public pages, not the ones behind the login."""
    closed = ("/my/", "/officer/", "/login/", "/account/", "/display/", "/report/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


def _norm() -> AnnualNorm | None:
    return AnnualNorm.objects.in_force(year=clock.today().year)


def _values(norm: AnnualNorm | None) -> dict[str, Decimal]:
    return norm.decimals if norm else {}
