"""The officers of a jurisdiction: their accounts and roles, for its administrators."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.core.validators import RegexValidator
from django.db.models import Prefetch, Q, QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts import administering
from jieti.accounts.models import Jurisdiction, Membership, Organisation, Role, User
from jieti.accounts.perms import may_administer
from jieti.accounts.signing_in import OFFICERS, is_linked, link_identity, unlink_identity
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.paging import pages_around

PEOPLE_A_PAGE = 30
LONGEST_SEARCH = 100
LONGEST_KEY = 200
HEADERS = ["用户名", "姓名", "状态", "单位", "角色", "授予时间", "最近登录"]
USERNAME = RegexValidator(r"^[A-Za-z0-9._-]{3,50}\Z", "用户名由3至50个字母、数字、点、横线或者下划线组成。")


class RoleField(forms.ChoiceField):
    """An organisation and a role that fits into it, in one choice."""

    default_error_messages = {"required": "请选择单位和角色。", "invalid_choice": "没有这个单位或者角色，请重新选择。"}

    def __init__(self, jurisdiction: Jurisdiction, **kwargs: Any) -> None:
        self.organisations = list(Organisation.objects.filter(jurisdiction=jurisdiction).in_document_order())
        groups = [
            (str(one), [_choice(one, role) for role in administering.roles_at(one)]) for one in self.organisations
        ]
        super().__init__(choices=[("", "请选择"), *groups], **kwargs)

    def clean(self, value: Any) -> tuple[Organisation, Role]:
        chosen = super().clean(value)
        found = ((one, role) for one in self.organisations for role in administering.roles_at(one))
        return next((one, role) for one, role in found if _choice(one, role)[0] == chosen)


class OpenForm(forms.Form):
    """A new account: who it is for, and the first role."""

    username = forms.CharField(
        label="用户名",
        help_text="登录时使用，由字母、数字、点、横线或者下划线组成，开立以后不能修改。",
        max_length=50,
        validators=[USERNAME],
        error_messages={"required": "请填写用户名。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    display_name = forms.CharField(
        label="姓名",
        max_length=100,
        error_messages={"required": "请填写姓名。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, jurisdiction: Jurisdiction, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = RoleField(jurisdiction, label="单位和角色")


class RoleForm(forms.Form):
    """One more role."""

    def __init__(self, jurisdiction: Jurisdiction, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"] = RoleField(jurisdiction, label="单位和角色")


@only(may_administer)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Everybody with a role in the jurisdiction."""
    q = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    page = Paginator(_people(request.jurisdiction, q), PEOPLE_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "officer/people.html", {"people": page, "q": q, "pages": pages_around(request, page)})


@only(may_administer)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, a row for each role."""
    people = _people(request.jurisdiction, request.GET.get("q", "").strip()[:LONGEST_SEARCH])
    rows = [_row(user, role) for user in people for role in user.memberships.all()]
    return xlsx_response("用户和角色.xlsx", HEADERS, rows)


@only(may_administer)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """Opens an account; the answer shows the temporary password, this once."""
    form = OpenForm(request.jurisdiction, posted(request))
    refusal = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        organisation, role = data["role"]
        try:
            opened = administering.open_account(
                by=request.user,
                username=data["username"],
                display_name=data["display_name"],
                organisation=organisation,
                role=role,
            )
            return render(request, "officer/people_password.html", {"opened": opened, "is_new": True})
        except Refusal as refused:
            refusal = refused
    status = 422 if form.errors or refusal else 200
    return render(request, "officer/people_new.html", {"form": form, "refusal": refusal}, status=status)


@only(may_administer)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One person: roles to give and to take, and what becomes of the account."""
    user = get_object_or_404(_people(request.jurisdiction), pk=pk)
    deed = request.POST.get("deed", "")
    form = RoleForm(request.jurisdiction, request.POST if deed == "give" else None)
    refusal = None
    if request.method == "POST" and (deed != "give" or form.is_valid()):
        try:
            return _do(request, user, deed, form)
        except Refusal as refused:
            refusal = refused
            user = get_object_or_404(_people(request.jurisdiction), pk=pk)
    status = 409 if refusal else 422 if form.errors else 200
    linked = is_linked(user, OFFICERS)
    context = {"person": user, "form": form, "refusal": refusal, "linked": linked}
    return render(request, "officer/people_one.html", context, status=status)


def _do(request: OfficerRequest, user: User, deed: str, form: RoleForm) -> HttpResponse:
    """The deed that a button names; back to the person, or on to the new password."""
    if deed == "password":
        opened = administering.issue_password(by=request.user, user=user)
        return render(request, "officer/people_password.html", {"opened": opened, "is_new": False})
    deeds: dict[str, Callable[[], str]] = {
        "give": lambda: _give(request, user, *form.cleaned_data["role"]),
        "take": lambda: _take(request, user, request.POST.get("membership", "")),
        "deactivate": lambda: _deactivate(request, user),
        "reactivate": lambda: _reactivate(request, user),
        "factor": lambda: _reset_factor(request, user),
        "link": lambda: _link(request, user, request.POST.get("subject", "").strip()),
        "unlink": lambda: _unlink(request, user),
    }
    if deed not in deeds:
        raise Refusal("没有这项操作。", what_to_do="请从下面的按钮中选择。")
    messages.success(request, deeds[deed]())
    return redirect("officer:people-one", user.pk)


def _give(request: OfficerRequest, user: User, organisation: Organisation, role: Role) -> str:
    administering.give_role(by=request.user, user=user, organisation=organisation, role=role)
    return f"已授予{user}“{organisation} {role.label}”。"


def _take(request: OfficerRequest, user: User, number: str) -> str:
    held = _held(request.jurisdiction).filter(user=user)
    membership = get_object_or_404(held, pk=number if number.isdecimal() else 0)
    administering.take_role(by=request.user, membership=membership)
    return f"已收回{user}的“{membership.organisation} {membership.get_role_display()}”。"


def _deactivate(request: OfficerRequest, user: User) -> str:
    administering.deactivate_user(by=request.user, user=user)
    return f"已停用{user}的账号，其登录已经结束。"


def _reactivate(request: OfficerRequest, user: User) -> str:
    administering.reactivate_user(by=request.user, user=user)
    return f"已恢复{user}的账号。"


def _reset_factor(request: OfficerRequest, user: User) -> str:
    administering.reset_second_factor(by=request.user, user=user)
    return f"已清除{user}的第二重验证方式，下次登录时须重新设置。"


def _link(request: OfficerRequest, user: User, subject: str) -> str:
    if not subject or len(subject) > LONGEST_KEY:
        raise Refusal("没有填写政务身份平台上的标识。", what_to_do="请向平台管理单位索取这个人的标识（sub）。")
    if user.pk == request.user.pk:
        raise Refusal("这是您自己的账号。", what_to_do="请由另一位管理员办理。")
    link_identity(by=request.user, user=user, platform=OFFICERS, subject=subject)
    return f"已关联{user}的政务身份。"


def _unlink(request: OfficerRequest, user: User) -> str:
    unlink_identity(by=request.user, user=user, platform=OFFICERS)
    return f"已解除{user}的政务身份关联。"


def _held(jurisdiction: Jurisdiction) -> QuerySet[Membership]:
    held = Membership.objects.filter(organisation__jurisdiction=jurisdiction).select_related(
        "organisation__jurisdiction"
    )
    return held.order_by("organisation__kind", "organisation__key", "role")


def _people(jurisdiction: Jurisdiction, q: str = "") -> QuerySet[User]:
    """Those with a role in the jurisdiction; of their roles, those of the jurisdiction alone."""
    here = User.objects.filter(pk__in=Membership.objects.filter(organisation__jurisdiction=jurisdiction).values("user"))
    if q:
        here = here.filter(Q(username__icontains=q) | Q(display_name__icontains=q))
    return here.prefetch_related(Prefetch("memberships", _held(jurisdiction))).order_by("-is_active", "username")


def _choice(organisation: Organisation, role: Role) -> tuple[str, str]:
    return f"{organisation.pk}:{role.value}", f"{organisation} {role.label}"


def _row(user: User, held: Membership) -> list[object]:
    zone = timezone.get_current_timezone()
    return [
        user.username,
        user.display_name,
        "使用中" if user.is_active else "已停用",
        held.organisation.name,
        held.get_role_display(),
        held.created_at.astimezone(zone),
        user.last_login.astimezone(zone) if user.last_login else None,
    ]
