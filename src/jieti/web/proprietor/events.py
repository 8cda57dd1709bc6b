"""活动 for one business: what it is invited to, what it can come to, and its answers."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from jieti.engagement.gatherings import answer_invitation, is_full
from jieti.engagement.models import Gathering, GatheringQuerySet, Invitation
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.registry.models import Business
from jieti.web.access import MemberRequest
from jieti.web.proprietor.own import handled

HEADERS = ["名称", "主办单位", "开始", "结束", "地点", "受邀", "回复"]


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """Those invited to first, then the others that are coming."""
    business = handled(request, uscc)
    rows = [(one, mine) for one, mine in _with_answers(business, _announced(business).coming(clock.today()))]
    rows.sort(key=lambda row: (not (row[1] and row[1].is_invited), row[0].starts_at))
    return render(request, "proprietor/events.html", {"business": business, "rows": rows})


@login_required
@require_safe
def index_xlsx(request: MemberRequest, uscc: str) -> FileResponse:
    """Every event to which the business was invited or signed up, as a table."""
    business = handled(request, uscc)
    mine = Invitation.objects.filter(business=business).select_related("gathering__organiser")
    rows = [
        [
            one.gathering.title,
            one.gathering.organiser.name,
            one.gathering.starts_at,
            one.gathering.ends_at,
            one.gathering.place,
            one.is_invited,
            one.get_answer_display(),
        ]
        for one in mine
    ]
    return xlsx_response("我的活动.xlsx", HEADERS, rows)


@login_required
@require_safe
def detail(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """One event, and the business's answer."""
    business = handled(request, uscc)
    return _detail(request, business, _own(business, pk))


@login_required
@require_POST
def answer(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Comes or does not."""
    business = handled(request, uscc)
    gathering = _own(business, pk)
    is_coming = request.POST.get("coming") == "yes"
    try:
        answer_invitation(by=request.user, business=business, gathering=gathering, is_coming=is_coming)
    except Refusal as refusal:
        return _detail(request, business, gathering, refusal=refusal)
    messages.success(request, "已报名。" if is_coming else "已回复不参加。")
    return redirect("proprietor:event", business.pk, pk)


def _announced(business: Business) -> GatheringQuerySet:
    return Gathering.objects.of(business.jurisdiction).announced().select_related("organiser__jurisdiction")


def _own(business: Business, pk: int) -> Gathering:
    return get_object_or_404(_announced(business), pk=pk)


def _with_answers(business: Business, found: GatheringQuerySet) -> list[tuple[Gathering, Invitation | None]]:
    mine = {one.gathering_id: one for one in Invitation.objects.filter(business=business)}
    return [(one, mine.get(one.pk)) for one in found]


def _detail(
    request: MemberRequest, business: Business, gathering: Gathering, *, refusal: Refusal | None = None
) -> HttpResponse:
    mine = Invitation.objects.filter(business=business, gathering=gathering).first()
    context = {
        "business": business,
        "gathering": gathering,
        "mine": mine,
        "is_full": is_full(gathering),
        "may_answer": gathering.cancelled_at is None and not gathering.is_over,
        "refusal": refusal,
    }
    return render(request, "proprietor/event.html", context, status=409 if refusal else 200)
