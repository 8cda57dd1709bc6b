"""What if: thresholds tried on the real register before a norm is proposed."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from jieti.accounts.perms import is_officer, may_propose_norm, may_read_results
from jieti.determinations.models import NormStudy
from jieti.determinations.studies import movers, movers_file, start_study, values_between
from jieti.directory.overview import LABELS, MARKS
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.registry.models import Business
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.charts import stacked_bars
from jieti.web.officer.forms import DATE, amount_field
from rulecore.model import Parameter, Rulebook

NAMED = [(mark, LABELS[mark]) for mark in MARKS]
AT_ONCE = 5_000
PAIRS = (1, 2)


class StudyForm(forms.Form):
    """A base, and one or two amounts to vary: from, to, step."""

    year = forms.IntegerField(
        label="年度",
        min_value=2024,
        max_value=2100,
        error_messages={"required": "请填写年度。", "invalid": "请填写四位数的年度。"},
    )
    basis_date = forms.DateField(
        label="判定基准日",
        widget=DATE,
        help_text="一般为当年7月1日。",
        error_messages={"required": "请填写判定基准日。", "invalid": "请填写有效的日期，例如2026年7月1日。"},
    )

    def __init__(self, rulebook: Rulebook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parameters = [item for item in rulebook.parameters.values() if item.annual_norm]
        for parameter in self.parameters:
            self.fields[parameter.key] = amount_field(parameter)
        choices = [("", "不变"), *((item.key, item.label) for item in self.parameters)]
        for number in PAIRS:
            what = forms.ChoiceField(label=f"变动的数额（{number}）", choices=choices, required=number == 1)
            what.error_messages = {"required": "请选择要变动的数额。", "invalid_choice": "请从列出的数额中选择。"}
            self.fields[f"vary_{number}"] = what
            for name, label in (("from", "从"), ("to", "到"), ("step", "每步")):
                self.fields[f"{name}_{number}"] = _step_field(f"{label}（元）")

    def base_fields_shown(self) -> list[forms.BoundField]:
        return [self[item.key] for item in self.parameters]

    def varied_fields_shown(self) -> list[forms.BoundField]:
        names = (f"{name}_{number}" for number in PAIRS for name in ("vary", "from", "to", "step"))
        return [self[name] for name in names]

    @property
    def values(self) -> dict[str, Decimal]:
        """The base amounts that were given."""
        given = {item.key: self.cleaned_data.get(item.key) for item in self.parameters}
        return {key: value for key, value in given.items() if value is not None}

    @property
    def varied(self) -> dict[str, list[Decimal]]:
        """The amounts to try. Raises Refusal for steps that lead nowhere."""
        chosen = [number for number in PAIRS if self.cleaned_data.get(f"vary_{number}")]
        return {
            self.cleaned_data[f"vary_{number}"]: values_between(
                *(self.cleaned_data[f"{name}_{number}"] for name in ("from", "to", "step"))
            )
            for number in chosen
        }

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for number in PAIRS:
            if not cleaned.get(f"vary_{number}"):
                continue
            for name, label in (("from", "从"), ("to", "到"), ("step", "每步")):
                if cleaned.get(f"{name}_{number}") is None and f"{name}_{number}" not in self.errors:
                    self.add_error(f"{name}_{number}", f"请填写变动的数额（{number}）的“{label}”。")
        if cleaned.get("vary_1") and cleaned.get("vary_1") == cleaned.get("vary_2"):
            self.add_error("vary_2", "两项变动的数额不能相同。")
        return cleaned


@only(is_officer)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every study, the newest first."""
    context = {
        "studies": NormStudy.objects.of(request.jurisdiction).select_related("asked_by", "norm"),
        "may_study": may_propose_norm(request.user, request.jurisdiction),
    }
    return render(request, "officer/studies.html", context)


@only(is_officer)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = (
        [one.pk, one.year, one.basis_date, one.get_status_display(), one.asked_by, one.created_at, one.norm]
        for one in NormStudy.objects.of(request.jurisdiction).select_related("asked_by", "norm")
    )
    headers = ["编号", "年度", "判定基准日", "状态", "发起人", "发起时间", "用于认定标准"]
    return xlsx_response("认定标准试算.xlsx", headers, rows)


@only(may_propose_norm)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """The form that starts a study."""
    today = clock.today()
    initial = {"year": today.year, "basis_date": today.replace(month=7, day=1)}
    form, refusal = StudyForm(current_rulebook(request.jurisdiction), posted(request), initial=initial), None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("officer:study", _start(request, form).pk)
        except Refusal as refused:
            refusal = refused
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/study_new.html", {"form": form, "refusal": refusal}, status=status)


@only(may_read_results)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """A study: a bar for each scenario, its figures, who would move, and the way to propose one as the norm."""
    study = _one(request, pk)
    context: dict[str, Any] = {"study": study, "marks": NAMED}
    if study.status == NormStudy.Status.DONE:
        parameters, scenarios = _parameters(request), study.report["scenarios"]
        tried = [item for item in parameters if len({one["values"].get(item.key) for one in scenarios}) > 1]
        scenarios = [_shown(one, tried) for one in scenarios]
        context |= {
            "scenarios": scenarios,
            "tried": tried,
            "same": _amounts(scenarios[0]["values"], [item for item in parameters if item not in tried]),
            "chart": stacked_bars([(one["title"], one["parts"]) for one in scenarios]),
            "refused": [_amounts(values, parameters) for values in study.report["not_permitted"]],
            "may_propose": may_propose_norm(request.user, request.jurisdiction),
        }
    return render(request, "officer/study.html", context)


@only(may_read_results)
@require_safe
def progress(request: OfficerRequest, pk: int) -> HttpResponse:
    """Asked for again and again by the page while the study waits or goes; the whole page anew once it has ended."""
    study = _one(request, pk)
    if study.status != NormStudy.Status.QUEUED:
        return HttpResponseClientRefresh()
    return render(request, "officer/_study_progress.html", {"study": study})


@only(may_read_results)
@require_safe
def counts_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The figures of every scenario as a table."""
    study, parameters = _done(request, pk), _parameters(request)
    headers = ["序号", *(item.label for item in parameters), *(label for _, label in NAMED)]
    headers += ["数量基数（确定）", "数量基数（可能）", "名额上限", "变动户数"]
    rows = (
        [
            one["number"], *(_decimal(one["values"].get(item.key)) for item in parameters),
            *(one["tiers"].get(mark, 0) for mark in MARKS),
            one["quota_base"]["certain"], one["quota_base"]["conceivable"], one["quota_base"]["ceiling"], one["moved"],
        ]
        for one in study.report["scenarios"]
    )  # fmt: skip
    return xlsx_response(f"{study.year}年认定标准试算.xlsx", headers, rows)


@only(may_read_results)
@require_safe
def scenario(request: OfficerRequest, pk: int, number: int) -> HttpResponse:
    """One scenario: from which tier to which, in which towns and industries."""
    study = _done(request, pk)
    one = _scenario(study, number)
    context = {
        "study": study,
        "scenario": one,
        "amounts": _amounts(one["values"], _parameters(request)),
        "moves": [(_state(move["from"]), _state(move["to"]), move["count"]) for move in one["moves"]],
        "towns": _most_first(one["by"]["town"]),
        "industries": _most_first(one["by"]["industry"]),
    }
    return render(request, "officer/study_scenario.html", context)


@only(may_read_results)
@require_safe
def movers_xlsx(request: OfficerRequest, pk: int, number: int) -> FileResponse:
    """Who would move in a scenario: names and tiers, nothing else."""
    study = _done(request, pk)
    _scenario(study, number)
    if not movers_file(study).is_file():
        raise Http404
    headers = ["统一社会信用代码", "名称", "镇乡街道", "基准数额下", "这组数额下"]
    return xlsx_response(f"试算{study.pk}-{number}变动名单.xlsx", headers, _movers(study, number))


def _movers(study: NormStudy, number: int) -> Iterator[list[object]]:
    found = list(movers(study, number))
    for start in range(0, len(found), AT_ONCE):
        some = found[start : start + AT_ONCE]
        names = {b.pk: b for b in Business.objects.filter(pk__in=[uscc for uscc, *_ in some]).only("name", "town")}
        for uscc, was, becomes in some:
            business = names.get(uscc)
            name, town = (business.name, business.town) if business else ("", "")
            yield [uscc, name, town, _state(was), _state(becomes)]


def _start(request: OfficerRequest, form: StudyForm) -> NormStudy:
    return start_study(
        by=request.user,
        jurisdiction=request.jurisdiction,
        year=form.cleaned_data["year"],
        basis_date=form.cleaned_data["basis_date"],
        values=form.values,
        varied=form.varied,
    )


def _one(request: OfficerRequest, pk: int) -> NormStudy:
    own = NormStudy.objects.of(request.jurisdiction).select_related("asked_by", "norm", "jurisdiction")
    return get_object_or_404(own, pk=pk)


def _done(request: OfficerRequest, pk: int) -> NormStudy:
    study = _one(request, pk)
    if study.status != NormStudy.Status.DONE:
        raise Http404
    return study


def _scenario(study: NormStudy, number: int) -> dict[str, Any]:
    for one in study.report["scenarios"]:
        if one["number"] == number:
            found: dict[str, Any] = one
            return found
    raise Http404


def _shown(one: dict[str, Any], parameters: list[Parameter]) -> dict[str, Any]:
    parts = [(mark, label, one["tiers"].get(mark, 0)) for mark, label in NAMED]
    title = f"第{one['number']}种" if one["number"] else "基准数额"
    amounts = [_decimal(one["values"].get(item.key)) for item in parameters]
    shown = ["未公布" if amount is None else f"{amount:,.2f}" for amount in amounts]
    return {**one, "title": title, "parts": parts, "shown_amounts": shown}


def _parameters(request: OfficerRequest) -> list[Parameter]:
    return [item for item in current_rulebook(request.jurisdiction).parameters.values() if item.annual_norm]


def _amounts(values: dict[str, str], parameters: list[Parameter]) -> list[tuple[str, Decimal | None]]:
    return [(f"{item.label}（{item.unit}）", _decimal(values.get(item.key))) for item in parameters]


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _state(state: str) -> str:
    labels = [LABELS[key] for key in state.split("|")]
    return labels[0] if len(labels) == 1 else f"待数据（{'、'.join(labels)}）"


def _most_first(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _step_field(label: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": "请填写数字，最多两位小数。", "min_value": "不能小于0。"},
    )
