"""The notices of whoever has signed in: the list, one of them, and which ways out of the house they want."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import is_member
from jieti.kit.tables import xlsx_response
from jieti.notices.actions import declinable, mark_all_read, mark_read, set_addresses, set_wishes
from jieti.notices.models import Channel, Notice, NoticeRead, Refused
from jieti.notices.templates import template, templates
from jieti.web.access import MemberRequest, Posted, posted
from jieti.web.choosing import offer
from jieti.web.paging import pages_around

A_PAGE = 20
MOST_SHOWN = 99
HEADERS = ["时间", "标题", "内容", "依据", "已读"]


class AddressForm(forms.Form):
    """Where somebody wants to be reached."""

    email = forms.EmailField(
        label="电子邮箱",
        required=False,
        help_text="邮件里只说有一条新通知，不写内容。不填就不发邮件。",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"invalid": "请填写完整的邮箱地址，例如name@example.com。"},
    )
    phone = forms.CharField(
        label="手机号码",
        required=False,
        help_text="短信里只说有一条新通知，不写内容。不填就不发短信。",
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "numeric"}),
        validators=[RegexValidator(r"^1\d{10}$", "请填写11位手机号码。")],
    )


class WishesForm(forms.Form):
    """What somebody does not want to be told outside the site; duties are not asked about."""

    refused = forms.MultipleChoiceField(
        label="不再接收",
        required=False,
        help_text="勾选的不再发给您；本平台内仍然可以看到。",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从列出的通知中选择。"},
    )

    def __init__(self, data: Posted, **more: Any) -> None:
        super().__init__(data, **more)
        declined = [(kind, channel) for kind in declinable() for channel in template(kind).channels]
        offer(
            self,
            "refused",
            [(f"{kind}:{one}", f"{template(kind).label}（{Channel(one).label}）") for kind, one in declined],
        )


def unread(request: HttpRequest) -> dict[str, Callable[[], str]]:
    """Context processor: `unread_notices`, counted when a template asks; empty where there are none."""
    return {"unread_notices": partial(_unread, request)}


def index(request: MemberRequest, page_template: str) -> HttpResponse:
    """The reader's notices, the newest first; `?unread=1` those not opened."""
    found = Notice.objects.for_user(request.user).select_related("jurisdiction")
    only_unread = request.GET.get("unread") == "1"
    if only_unread:
        found = found.unread_by(request.user)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    read = set(NoticeRead.objects.filter(user=request.user, notice__in=list(page)).values_list("notice_id", flat=True))
    rows = [(notice, notice.pk in read) for notice in page]
    context = {"rows": rows, "found": page.paginator.count, "only_unread": only_unread}
    return render(request, page_template, context | {"pages": pages_around(request, page)})


def index_xlsx(request: MemberRequest) -> FileResponse:
    """The same as a table."""
    zone = timezone.get_current_timezone()
    read = set(NoticeRead.objects.filter(user=request.user).values_list("notice_id", flat=True))
    rows = (
        [notice.created_at.astimezone(zone), notice.title, notice.body, notice.clause, notice.pk in read]
        for notice in Notice.objects.for_user(request.user)
    )
    return xlsx_response("通知.xlsx", HEADERS, rows)


@login_required
@require_safe
def go(request: MemberRequest) -> HttpResponse:
    """To the list where the reader works."""
    return redirect("officer:notices" if is_member(request.user) else "proprietor:notices")


@login_required
@require_safe
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """One notice, which is thereby read; anybody else's is not found."""
    notice = get_object_or_404(Notice.objects.for_user(request.user), pk=pk)
    if request.method == "GET":
        mark_read(by=request.user, notice=notice)
    return render(request, "account/notice.html", {"notice": notice})


@login_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    """Everything is read."""
    count = mark_all_read(by=request.user)
    messages.success(request, f"已将{count}条通知标为已读。" if count else "没有未读的通知。")
    return redirect("inbox")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: MemberRequest) -> HttpResponse:
    """Addresses, and what is not wanted; what must be told is listed and cannot be declined."""
    sent = request.POST.get("form") if request.method == "POST" else None
    addresses = AddressForm(posted(request) if sent == "addresses" else None, initial=_addresses(request))
    wishes = WishesForm(posted(request) if sent == "wishes" else None, initial={"refused": _wishes(request)})
    if sent == "addresses" and addresses.is_valid():
        set_addresses(by=request.user, **addresses.cleaned_data)
        messages.success(request, "已保存接收通知的地址。")
        return redirect("notice_settings")
    if sent == "wishes" and wishes.is_valid():
        set_wishes(by=request.user, refused=[_pair(one) for one in wishes.cleaned_data["refused"]])
        messages.success(request, "已保存。")
        return redirect("notice_settings")
    duties = [one for one in templates().values() if one.is_duty and one.channels]
    context = {"addresses": addresses, "wishes": wishes, "duties": duties}
    faulty = addresses if addresses.errors else wishes
    return render(request, "account/notices.html", context | {"form": faulty}, status=422 if faulty.errors else 200)


def _unread(request: HttpRequest) -> str:
    user = request.user
    count = Notice.objects.unread_count(user) if user.is_authenticated else 0
    return f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count or "")


def _addresses(request: MemberRequest) -> dict[str, str]:
    phone = request.user.contact_phone
    return {"email": request.user.email, "phone": phone.reveal() if phone else ""}


def _wishes(request: MemberRequest) -> list[str]:
    pairs = Refused.objects.filter(user=request.user).values_list("kind", "channel")
    return [f"{kind}:{channel}" for kind, channel in pairs]


def _pair(text: str) -> tuple[str, str]:
    kind, _, channel = text.partition(":")
    return kind, channel
