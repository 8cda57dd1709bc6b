"""“我的认定”: the title with its days, the cases about it and what can be answered, a change of proprietor."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.evidence import keeping
from jieti.recognitions import ending, extending, proprietor_changes
from jieti.recognitions.desk import ENDINGS, EXTENSIONS
from jieti.recognitions.end_letters import ban_until, remedies
from jieti.recognitions.models import Ending, EndingStep, Extension, ExtensionStep, Recognition
from jieti.recognitions.reporting import open_year
from jieti.recognitions.title_evidence import FOLDER, evidence_of
from jieti.registry.ask_once import Datum, Own
from jieti.registry.models import Business
from jieti.web.access import MemberRequest, posted
from jieti.web.attaching import files_field
from jieti.web.proprietor.own import handled, is_agent
from jieti.web.series import charts_of, rows_of
from jieti.web.titling import case_standing, course_of, dates_of, report_rows, standing_of, step_rows, version_of

ANSWERS = {"state": "提交陈述申辩", "waive": "不陈述、不申辩", "supply_evidence": "提交说明或者材料"}


class ChangeForm(forms.Form):
    """Who is the proprietor now; the register tells it later than the proprietor knows it."""

    asks: Mapping[str, Own | Datum] = {
        "after": Own("刚办理的变更，登记数据还没有送来"),
        "changed_on": Own("刚办理的变更，登记数据还没有送来"),
    }

    after = forms.CharField(
        label="现在的经营者姓名", max_length=100, error_messages={"required": "请填写现在的经营者姓名。"}
    )
    changed_on = forms.DateField(
        label="登记机关核准变更的日期",
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"required": "请填写核准变更的日期。", "invalid": "请填写有效的日期，例如2026年7月1日。"},
    )


class AnswerForm(forms.Form):
    """What the proprietor says in a case, with files."""

    asks: Mapping[str, Own | Datum] = {
        "statement": Own("对拟处理意见的陈述和申辩，只有本人能说"),
        "papers": Own("证明材料在本人手里"),
    }

    statement = forms.CharField(
        label="您要说明的情况",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="不要填写身份证号码、银行卡号。",
    )
    papers = files_field("材料（选填）")


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """The titles of a business, the one in force first."""
    business = handled(request, uscc)
    found = Recognition.objects.filter(business=business).select_related("business", "jurisdiction")
    rows = [(one, standing_of(one)) for one in found]
    return render(request, "proprietor/titles.html", {"business": business, "rows": rows})


@login_required
@require_safe
def detail(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """One title: its days, what is due of the proprietor, its course."""
    business = handled(request, uscc)
    one = _own(business, pk)
    context = {
        "business": business,
        "title": one,
        "standing": standing_of(one),
        "dates": dates_of(one),
        "is_live": one.is_live(clock.today()),
        "open_year": open_year(one),
        "reports": report_rows(one),
        "changes": one.proprietor_changes.all(),
        "endings": [(case, case_standing(case, ENDINGS.workflow(case))) for case in one.endings.all()],
        "evaluations": [(case, case_standing(case, EXTENSIONS.workflow(case))) for case in one.evaluations.all()],
        "course": course_of(one),
        "ban_until": ban_until(one),
        "remedies": remedies(one) if one.end_kind in {Recognition.End.WITHDRAWN, Recognition.End.REVOKED} else "",
        "is_agent": is_agent(request, business),
        "showcase": getattr(one, "showcase", None),
    }
    return render(request, "proprietor/title.html", context)


@login_required
@require_safe
def letter(request: MemberRequest, uscc: str, pk: int) -> HttpResponseBase:
    """The document by which the title ended."""
    one = _own(handled(request, uscc), pk)
    if not one.end_path:
        raise Http404
    return evidence.response_of(one.end_path, name=f"终止认定文书{one.pk}.pdf", kind=evidence.PDF)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Reports another proprietor; what hangs on the person is asked anew at once."""
    business = handled(request, uscc)
    one = _own(business, pk)
    form, refusal = ChangeForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            proprietor_changes.report_change(
                by=request.user, recognition=one, after=given["after"], changed_on=given["changed_on"]
            )
            messages.success(request, "已报告变更，涉及经营者本人的条件已经重新比对，结果见下面。")
            return redirect("proprietor:title", uscc, pk)
        except Refusal as refused:
            refusal = refused
    context = {"business": business, "title": one, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/title_change.html", context, status=status)


@login_required
@require_safe
def ending_case(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """A case that may end the title: what is said, until when to answer."""
    return _ending_page(request, _ending(request, uscc, pk))


@login_required
@require_POST
def answer(request: MemberRequest, uscc: str, pk: int, key: str) -> HttpResponse:
    """States, waives, or supplies what was asked for."""
    if key not in ANSWERS:
        raise Http404
    case = _ending(request, uscc, pk)
    form = AnswerForm(request.POST, request.FILES or None)
    if not form.is_valid():
        return _ending_page(request, case, form=form)
    reason, version = form.cleaned_data["statement"], version_of(request.POST.get("version", ""))
    try:
        with keeping(form.cleaned_data["papers"], folder=FOLDER) as kept:
            ending.take(by=request.user, case=case, step=key, version=version, reason=reason, evidence=kept)
    except Refusal as refusal:
        return _ending_page(request, _ending(request, uscc, pk), form=form, refusal=refusal)
    return redirect("proprietor:title-ending", uscc, pk)


@login_required
@require_safe
def evaluation(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """The evaluation of the last year: the figures it rests on, what is asked for."""
    return _evaluation_page(request, _evaluation(request, uscc, pk))


@login_required
@require_POST
def supply(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Supplies what the evaluation asks for."""
    case = _evaluation(request, uscc, pk)
    form = AnswerForm(request.POST, request.FILES or None)
    if not form.is_valid():
        return _evaluation_page(request, case, form=form)
    reason, version = form.cleaned_data["statement"], version_of(request.POST.get("version", ""))
    try:
        with keeping(form.cleaned_data["papers"], folder=FOLDER) as kept:
            extending.take(
                by=request.user, case=case, step="supply_evidence", version=version, reason=reason, evidence=kept
            )
    except Refusal as refusal:
        return _evaluation_page(request, _evaluation(request, uscc, pk), form=form, refusal=refusal)
    return redirect("proprietor:title-evaluation", uscc, pk)


def _own(business: Business, pk: int) -> Recognition:
    found = Recognition.objects.filter(business=business).select_related("business", "jurisdiction", "showcase")
    return get_object_or_404(found, pk=pk)


def _ending(request: MemberRequest, uscc: str, pk: int) -> Ending:
    found = Ending.objects.filter(recognition__business=handled(request, uscc))
    return get_object_or_404(found.select_related("recognition__business", "recognition__application"), pk=pk)


def _evaluation(request: MemberRequest, uscc: str, pk: int) -> Extension:
    found = Extension.objects.filter(recognition__business=handled(request, uscc))
    return get_object_or_404(found.select_related("recognition__business", "recognition__application"), pk=pk)


def _ending_page(
    request: MemberRequest, case: Ending, *, form: AnswerForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    table = ENDINGS.workflow(case)
    context = {
        "business": case.recognition.business,
        "title": case.recognition,
        "case": case,
        "standing": case_standing(case, table),
        "steps": step_rows(EndingStep.objects.filter(case=case).select_related("by"), table),
        "evidence": evidence_of(case),
        "answers": [(row.key, ANSWERS[row.key]) for row in ENDINGS.offers(case, by=request.user) if row.key in ANSWERS],
        "form": form or AnswerForm(),
        "refusal": refusal,
    }
    return render(request, "proprietor/title_ending.html", context, status=409 if refusal else 200)


def _evaluation_page(
    request: MemberRequest, case: Extension, *, form: AnswerForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    table = EXTENSIONS.workflow(case)
    context = {
        "business": case.recognition.business,
        "title": case.recognition,
        "case": case,
        "standing": case_standing(case, table),
        "series": rows_of(case.series),
        "charts": charts_of(case.series),
        "screening": case.screening or extending.screened(case, None),
        "steps": step_rows(ExtensionStep.objects.filter(case=case).select_related("by"), table),
        "evidence": evidence_of(case),
        "may_supply": any(row.key == "supply_evidence" for row in EXTENSIONS.offers(case, by=request.user)),
        "form": form or AnswerForm(),
        "refusal": refusal,
    }
    return render(request, "proprietor/title_evaluation.html", context, status=409 if refusal else 200)
