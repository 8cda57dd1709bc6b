"""The steps of the intake, one page each: what has to be filled in, and the deed; declarations and written reasons."""

from collections.abc import Callable, Mapping

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jieti.accounts.perms import may_see_recognitions
from jieti.domain.terms import Category
from jieti.domain.workflows.table import Step
from jieti.kit.errors import Refusal
from jieti.recognitions import interests, reviewing
from jieti.recognitions.desk import course_of
from jieti.recognitions.models import Application
from jieti.recognitions.screening import Screening, screen_application
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.officer.applications import own, page, words_of
from jieti.web.officer.selecting import offers, step_of
from jieti.web.recognising import cards_of

SHOWN_TO_APPLICANT = "申报人会看到。"
LABELS = {
    "turn_away": "不予受理的理由和条款",
    "ask_evidence": "需要补充什么、用来证明什么",
    "pass_to_visit": "审核意见",
    "pass_review": "审核意见",
    "fail": "哪些条件不符合、依据是什么",
    "look_again": "需要重新审核什么",
    "refuse": "不予认定的理由",
}
TIED, FREE = "tied", "free"


class StepForm(forms.Form):
    """The version that the page shows, and the reason where the step needs one."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, application: Application, step: Step, data: Posted) -> None:
        super().__init__(data, initial={"version": application.version})
        if step.needs_reason:
            self.fields["reason"] = _text(LABELS.get(step.key, "理由"), SHOWN_TO_APPLICANT)

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("reason", ""))


class DeclarationForm(forms.Form):
    """Whether there is a tie, and which."""

    has_tie = forms.ChoiceField(
        label="您与这件申报有没有利益关系",
        help_text="例如：经营者是亲属，有合伙、借贷、雇佣、租赁关系，或者其他可能影响公正的关系。",
        choices=[(FREE, "没有利益关系"), (TIED, "有利益关系，应当回避")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择一项。"},
    )
    tie = forms.CharField(
        label="是什么关系（有利益关系的填写）",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """A reason that a reviewer must write."""

    def __init__(self, label: str, data: Posted, initial: str) -> None:
        super().__init__(data, initial={"reason": initial})
        self.fields["reason"] = _text(label, "写明具体情况和依据的条款。")


class CategoryForm(forms.Form):
    """The category among those that are met, and why it is the more suitable one."""

    def __init__(self, found: Screening, application: Application, data: Posted) -> None:
        initial = {"category": application.decided_category or application.preferred_category}
        super().__init__(data, initial=initial | {"reason": application.category_reason})
        self.fields["category"] = forms.ChoiceField(
            label="确定为哪一类",
            choices=[(key, _preferred(key, application)) for key in found.met],
            widget=forms.RadioSelect,
            error_messages={"required": "请选择一类。", "invalid_choice": "只能从条件确定满足的类别中选择。"},
        )
        self.fields["reason"] = _text("为什么这一类更合适", SHOWN_TO_APPLICANT)


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step: the page of a step that cannot be taken now says so."""
    application = own(request, pk)
    if key not in DEEDS:
        raise Http404
    row = step_of(application, key)
    form, refusal = StepForm(application, row, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            DEEDS[key](request, application, form)
            return redirect("officer:application", application.pk)
        except Refusal as refused:
            refusal = refused
    if request.method != "POST" and row not in offers(application, request):
        return page(request, application, refusal=_not_now(application, row))
    context = {"application": application, "step": row, "title": row.label, "form": form, "refusal": refusal}
    return render(request, "officer/application_step.html", context, status=_status(form, refusal))


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def declare(request: OfficerRequest, pk: int) -> HttpResponse:
    """利益关系声明 of whoever works on it."""
    application = own(request, pk)
    form, refusal = DeclarationForm(posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            tied = form.cleaned_data["has_tie"] == TIED
            interests.declare(by=request.user, application=application, tie=tied, detail=form.cleaned_data["tie"])
            return redirect("officer:application", application.pk)
        except Refusal as refused:
            refusal = refused
    context = {"application": application, "title": "利益关系声明", "form": form, "refusal": refusal}
    return render(request, "officer/application_step.html", context, status=_status(form, refusal))


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def reason(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """The written reason for relaxing the source of tiers, or for taking a nomination in spite of a ban."""
    application = own(request, pk)
    if key not in WRITTEN:
        raise Http404
    title, label, column, deed = WRITTEN[key]
    form, refusal = ReasonForm(label, posted(request), str(words_of(request, application)[column])), None
    if request.method == "POST" and form.is_valid():
        try:
            deed(by=request.user, application=application, reason=form.cleaned_data["reason"])
            return redirect("officer:application-bench", application.pk)
        except Refusal as refused:
            refusal = refused
    context = {"application": application, "title": title, "form": form, "refusal": refusal}
    return render(request, "officer/application_step.html", context, status=_status(form, refusal))


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def category(request: OfficerRequest, pk: int) -> HttpResponse:
    """Decides the category; the applicant's preference stands beside it."""
    application = own(request, pk)
    found = screen_application(application)
    if not found.met:
        none_met = Refusal("还没有哪一类的条件确定满足。", what_to_do="请先在审核工作台判断需要人工判断的条件。")
        return page(request, application, refusal=none_met)
    form, refusal = CategoryForm(found, application, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.decide_category(by=request.user, application=application, **form.cleaned_data)
            return redirect("officer:application", application.pk)
        except Refusal as refused:
            refusal = refused
    context = {
        "application": application,
        "title": "确定类别",
        "form": form,
        "refusal": refusal,
        "cards": cards_of(found),
        "preferred": words_of(request, application)["preferred_category"],
    }
    return render(request, "officer/application_step.html", context, status=_status(form, refusal))


Deed = Callable[[OfficerRequest, Application, StepForm], object]


def _plain(verb: Callable[..., Application]) -> Deed:
    return lambda request, one, form: verb(by=request.user, application=one, version=form.cleaned_data["version"])


def _with_reason(verb: Callable[..., Application]) -> Deed:
    return lambda request, one, form: verb(
        by=request.user, application=one, version=form.cleaned_data["version"], reason=form.reason
    )


DEEDS: Mapping[str, Deed] = {
    "accept": _plain(reviewing.accept),
    "turn_away": _with_reason(reviewing.turn_away),
    "review": _plain(reviewing.review),
    "ask_evidence": _with_reason(reviewing.ask_evidence),
    "end_waiting": _plain(reviewing.end_waiting),
    "pass_to_visit": _with_reason(reviewing.pass_to_visit),
    "pass_review": _with_reason(reviewing.pass_review),
    "fail": _with_reason(reviewing.fail),
    "look_again": _with_reason(reviewing.look_again),
    "refuse": _with_reason(reviewing.refuse),
}
WRITTEN: Mapping[str, tuple[str, str, str, Callable[..., Application]]] = {
    "relaxation": ("放宽分类来源", "放宽分类来源的理由", "relaxation_reason", reviewing.relax_source),
    "ban_exception": ("禁止期内受理推荐", "禁止期内受理推荐的理由", "ban_exception_reason", reviewing.except_from_ban),
}


def _text(label: str, hint: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": f"请填写“{label}”。"},
    )


def _preferred(key: str, application: Application) -> str:
    return f"{Category(key).label}{'（申报人的意向）' if key == application.preferred_category else ''}"


def _not_now(application: Application, row: Step) -> Refusal:
    role = course_of(application).role_labels[row.role]
    return Refusal(
        f"现在不能办理“{row.label}”。", what_to_do=f"请在下面看清现在的状态；这一步由{role}办理，有利益关系的应当回避。"
    )


def _status(form: forms.Form, refusal: Refusal | None) -> int:
    return 409 if refusal else 422 if form.errors else 200
