"""表彰和称号: the register of awards, and its delivery to the table that the standards read."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import may_deliver, may_enter_awards, may_see_services
from jieti.engagement.awards import CLAUSE, Honour, choices_of, deliver_awards, end_award, record_award
from jieti.engagement.models import Award
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.casework import Tag
from jieti.web.choosing import offer
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Line, Listing, Sheet

HEADERS = [
    "编号",
    "个体工商户",
    "统一社会信用代码",
    "奖项类别",
    "奖项名称",
    "级别",
    "授予单位",
    "授予单位性质",
    "获奖人",
    "授予日期",
    "到期或者撤销日期",
]
CODED = ("kind", "level", "body_kind", "recipient")
BACK = ("表彰和称号", "officer:awards")
SUPPLEMENT, WHOLE = "supplement", "whole"


class AwardForm(forms.Form):
    """What was awarded to whom by whom."""

    business = ledgers.business_field()
    kind = ledgers.choice("奖项类别", (), radio=False)
    name = ledgers.text("奖项名称", most=200)
    level = ledgers.choice("级别", ())
    body = ledgers.text("授予单位", most=200)
    body_kind = ledgers.choice("授予单位性质", ())
    recipient = ledgers.choice("获奖人", ())
    awarded_on = ledgers.day("授予日期")
    ended_on = ledgers.day("到期或者撤销日期（选填）", required=False)

    def __init__(self, request: OfficerRequest, data: Posted) -> None:
        super().__init__(data)
        for key, words in choices_of(request.jurisdiction).items():
            offer(self, key, words.items())


class EndForm(forms.Form):
    """When it ended."""

    ended_on = ledgers.day("到期或者撤销日期")


class DeliveryForm(forms.Form):
    """How the register goes into the table of awards."""

    mode = ledgers.choice(
        "怎样报送",
        [(SUPPLEMENT, "补充到各部门已经报送的奖项中"), (WHOLE, "以本登记册为准，替换已经报送的奖项")],
        hint="有奖项到期或者撤销的，请以本登记册为准。",
    )


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every award, the newest first."""
    page, pages = ledgers.paged(request, Award.objects.of(request.jurisdiction).select_related("business"))
    buttons = []
    if may_enter_awards(request.user, request.jurisdiction):
        buttons.append(("登记奖项", reverse("officer:award-new")))
    if may_deliver(request.user, request.jurisdiction):
        buttons.append(("报送登记册", reverse("officer:awards-deliver")))
    words = choices_of(request.jurisdiction)
    may_end = may_enter_awards(request.user, request.jurisdiction)
    return ledgers.list_page(
        request,
        Listing(
            title="表彰和称号",
            lines=[_line(one, words, may_end=may_end) for one in page],
            pages=pages,
            group=ledgers.RECORDS,
            buttons=buttons,
            xlsx=reverse("officer:awards-xlsx"),
            intro="登记一次，报送后作为分类认定和延期评估的依据，不再让经营者重复提交。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    words = choices_of(request.jurisdiction)
    rows = [
        [
            one.pk,
            one.business.name,
            one.business_id,
            words["kind"].get(one.kind, one.kind),
            one.name,
            words["level"].get(one.level, one.level),
            one.body,
            words["body_kind"].get(one.body_kind, one.body_kind),
            words["recipient"].get(one.recipient, one.recipient),
            one.awarded_on,
            one.ended_on,
        ]
        for one in Award.objects.of(request.jurisdiction).select_related("business").order_by("pk")
    ]
    return xlsx_response("表彰和称号.xlsx", HEADERS, rows)


@only(may_enter_awards)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new award."""

    def deed(filled: forms.Form) -> str:
        values = dict(filled.cleaned_data)
        business = ledgers.business_of(request, values.pop("business"))
        record_award(by=request.user, business=business, honour=Honour(**values))
        return reverse(BACK[1])

    sheet = Sheet("登记奖项", "登记", (BACK[0], reverse(BACK[1])), clause=CLAUSE)
    return ledgers.form_page(request, sheet, AwardForm(request, posted(request)), deed)


@only(may_enter_awards)
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: OfficerRequest, pk: int) -> HttpResponse:
    """An award expired or was taken back."""
    award = get_object_or_404(Award.objects.of(request.jurisdiction), pk=pk)

    def deed(filled: forms.Form) -> str:
        end_award(by=request.user, award=award, **filled.cleaned_data)
        return reverse(BACK[1])

    sheet = Sheet("登记到期或者撤销", "登记", (BACK[0], reverse(BACK[1])), f"{award.business}：{award.name}", CLAUSE)
    return ledgers.form_page(request, sheet, EndForm(posted(request)), deed)


@only(may_deliver)
@require_http_methods(["GET", "HEAD", "POST"])
def deliver(request: OfficerRequest) -> HttpResponse:
    """Hands the register in; somebody else confirms it like any delivery."""

    def deed(filled: forms.Form) -> str:
        is_whole = filled.cleaned_data["mode"] == WHOLE
        delivery = deliver_awards(by=request.user, jurisdiction=request.jurisdiction, is_whole=is_whole)
        if delivery.already_received:
            raise Refusal("这份登记册已经报送过，没有变化。", what_to_do="请在“数据接收”里查看。")
        return reverse("officer:delivery", args=[delivery.pk])

    count = Award.objects.of(request.jurisdiction).count()
    intro = f"登记册现有{count}项。报送后和其他送数一样检查，由另一人复核生效。"
    sheet = Sheet("报送登记册", "报送", (BACK[0], reverse(BACK[1])), intro, CLAUSE)
    return ledgers.form_page(request, sheet, DeliveryForm(posted(request)), deed)


def _line(one: Award, words: dict[str, dict[str, str]], *, may_end: bool) -> Line:
    said = {key: words[key].get(getattr(one, key), getattr(one, key)) for key in CODED}
    ended = Tag(f"{one.ended_on}止") if one.ended_on else Tag(said["level"], "good")
    return Line(
        title=f"{one.business.name}：{one.name}",
        link=reverse("officer:award-end", args=[one.pk]) if may_end and one.ended_on is None else "",
        facts=(
            said["kind"],
            f"{one.body}（{said['body_kind']}）",
            f"获奖人：{said['recipient']}",
            f"{one.awarded_on}授予",
        ),
        tags=(ended,),
    )
