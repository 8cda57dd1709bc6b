"""公示 for everybody: who is to be recognised, until when, and how to object."""

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import User
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions.models import Application, PublicNotice
from jieti.recognitions.noticing import LIMIT, raise_objection
from jieti.rulebooks.catalogue import limit_of
from jieti.web.access import Posted, posted
from jieti.web.public.entrance import too_many
from jieti.web.public.limits import counted

HEADERS = ["个体工商户", "统一社会信用代码", "所在镇乡街道", "拟认定类别", "途径"]
MOST_AN_HOUR = 5
NOTICES_SHOWN = 30


class ObjectionForm(forms.Form):
    """Against whom, why, and how to reach whoever says so."""

    statement = forms.CharField(
        label="异议内容",
        help_text="请写明哪里不符合条件、依据是什么。请不要填写他人的身份证号码等信息。",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "请写明异议内容。"},
    )
    name = forms.CharField(
        label="您的姓名或者单位名称",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "请填写您的姓名或者单位名称。"},
    )
    contact = forms.CharField(
        label="联系电话或者电子邮箱",
        help_text="只用来核实和告知处理结果，加密保存，不会公开，也不会告诉被提出异议的一方。",
        max_length=100,
        error_messages={"required": "请填写联系电话或者电子邮箱。"},
    )

    def __init__(self, notice: PublicNotice, data: Posted) -> None:
        super().__init__(data)
        cases = _cases(notice)
        self.fields["application"] = forms.TypedChoiceField(
            label="对哪一户有异议",
            choices=[("", "请选择"), *((one.pk, one.business.name) for one in cases)],
            coerce=int,
            error_messages={"required": "请选择对哪一户有异议。", "invalid_choice": "请从公示名单中选择。"},
        )
        self.order_fields(("application", "statement", "name", "contact"))
        self.cases = {one.pk: one for one in cases}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every notice, the open ones first."""
    notices = _notices()[:NOTICES_SHOWN]
    today = clock.today()
    return render(request, "public/notices.html", {"notices": [(one, one.closes_on >= today) for one in notices]})


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice: its days, who stands in it, how to object."""
    notice = get_object_or_404(_notices(), pk=pk)
    limit = limit_of(notice.campaign.jurisdiction, LIMIT)
    context = {
        "notice": notice,
        "limit": limit,
        "cases": _cases(notice),
        "is_open": notice.opens_on <= clock.today() <= notice.closes_on,
    }
    return render(request, "public/notice.html", context)


@require_safe
def detail_xlsx(_request: HttpRequest, pk: int) -> FileResponse:
    """The same as a table."""
    rows = [
        [
            one.business.name,
            one.business_id,
            one.business.town,
            one.get_decided_category_display(),
            one.get_path_display(),
        ]
        for one in _cases(get_object_or_404(_notices(), pk=pk))
    ]
    return xlsx_response("公示名单.xlsx", HEADERS, rows)


@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """Anybody objects, with name and contact."""
    notice = get_object_or_404(_notices(), pk=pk)
    form, refusal = ObjectionForm(notice, posted(request)), None
    if form.is_valid():
        if not counted(request, "recognitions.objection", most=MOST_AN_HOUR):
            return too_many(request)
        values = {name: form.cleaned_data[name] for name in ("name", "contact", "statement")}
        case, by = (
            form.cases[form.cleaned_data["application"]],
            request.user if isinstance(request.user, User) else None,
        )
        try:
            raise_objection(by=by, notice=notice, application=case, **values)
            return redirect("public:notice-objection-received")
        except Refusal as refused:
            refusal = refused
    status = 409 if refusal else 422 if form.errors else 200
    context = {"notice": notice, "form": form, "refusal": refusal}
    return render(request, "public/notice_objection.html", context, status=status)


@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    return render(request, "public/notice_objection_received.html")


def _notices() -> QuerySet[PublicNotice]:
    return PublicNotice.objects.select_related("campaign__jurisdiction").order_by("-opens_on", "-pk")


def _cases(notice: PublicNotice) -> list[Application]:
    found = notice.applications.select_related("business").order_by("decided_category", "business__name")
    return list(found.exclude(state="withdrawn"))
