"""What departments write of a measure."""

from typing import Any

from django import forms

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of
from jieti.domain.terms import Category, Tier
from jieti.measures.actions import organisation_names
from jieti.measures.authoring import Draft
from jieti.measures.models import Delivery, MeasureVersion, Strength

DATE = forms.DateInput(attrs={"type": "date"})
SCOPES = [
    ("general:", "面向全部个体工商户"),
    *((f"tier:{tier.value}", f"“{tier.label}”") for tier in Tier if tier is not Tier.INELIGIBLE),
    *((f"category:{one.value}", f"“{one.label}”（名特优新）") for one in Category),
]
DEFINITE = (
    ("beneficiary", "对象明确：谁可以享受，由对象和适用条件就能判断"),
    ("basis", "依据明确：有现行有效的文件条款"),
    ("content", "内容明确：给什么、给多少、怎样给，写得清楚"),
    ("validity", "期限明确：有施行和截止日期"),
)


class MeasureForm(forms.Form):
    """A measure as its author fills it in."""

    title = forms.CharField(label="措施名称", max_length=100, error_messages={"required": "请填写措施名称。"})
    gist = forms.CharField(
        label="内容",
        help_text="写明给经营者带来什么、怎样办理。力度不是“应当落实”的，不能写明给付的金额。",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        error_messages={"required": "请填写内容。"},
    )
    strength = forms.ChoiceField(
        label="力度",
        help_text="只有“应当落实”的才是文件要求做到的事项；其余不产生请求给付的权利。",
        choices=Strength.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择力度。"},
    )
    scope = forms.ChoiceField(label="对象", choices=SCOPES, error_messages={"required": "请选择对象。"})
    delivery = forms.ChoiceField(
        label="方式",
        help_text="免申即享：经营者不用申请，确认后由部门直接落实；四项都明确才能这样办。",
        choices=Delivery.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择方式。"},
    )
    clause = forms.CharField(
        label="所依据的条款",
        help_text="例如：附件二(二)1。",
        max_length=60,
        error_messages={"required": "请填写条款。"},
    )
    legal_basis = forms.CharField(
        label="政策依据", help_text="文件名称和文号，没有的可以不填。", max_length=300, required=False
    )
    condition = forms.CharField(
        label="适用条件（规则语言）",
        help_text="只按对象判断的请留空。例如：{fact: insured_headcount, at_least: 3}",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        max_length=2000,
        required=False,
    )
    sentence = forms.CharField(
        label="用一句话说明适用条件", help_text="经营者看到的就是这一句。", max_length=300, required=False
    )
    contact = forms.CharField(label="咨询方式", help_text="科室和电话。", max_length=200, required=False)
    starts_on = forms.DateField(label="施行日期", widget=DATE, required=False, help_text="不填即自发布之日起。")
    ends_on = forms.DateField(label="截止日期", widget=DATE, required=False)
    definite = forms.MultipleChoiceField(
        label="明确到什么程度", choices=DEFINITE, widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, jurisdiction: Jurisdiction, *args: Any, leads: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = organisation_names(folder_of(jurisdiction) / "organisations.yaml")
        own = [(key, name) for key, name in names.items() if leads is None or key in leads]
        self.fields["lead"] = forms.ChoiceField(
            label="牵头部门", choices=own, error_messages={"required": "请选择牵头部门。"}
        )
        self.fields["co"] = forms.MultipleChoiceField(
            label="共同负责部门",
            help_text="可以不选。",
            choices=list(names.items()),
            widget=forms.CheckboxSelectMultiple,
            required=False,
        )

    @property
    def content(self) -> Draft:
        """What was filled in."""
        given: dict[str, Any] = dict(self.cleaned_data)
        kind, scope = given.pop("scope").split(":")
        definite = given.pop("definite")
        said = {f"{key}_definite": key in definite for key, _ in DEFINITE}
        return Draft(**(given | said | {"scope_kind": kind, "scope": scope, "co": tuple(given["co"])}))


def initial_of(version: MeasureVersion) -> dict[str, Any]:
    """What a version says, as the form shows it."""
    plain = (
        "title", "gist", "strength", "delivery", "clause", "legal_basis", "condition", "sentence", "contact",
        "starts_on", "ends_on", "lead", "co",
    )  # fmt: skip
    said = {name: getattr(version, name) for name in plain}
    definite = [key for key, _ in DEFINITE if getattr(version, f"{key}_definite")]
    return {**said, "scope": f"{version.scope_kind}:{version.scope}", "definite": definite}


class AssignForm(forms.Form):
    """Who answers for a measure that the document leaves open."""

    def __init__(self, jurisdiction: Jurisdiction, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = organisation_names(folder_of(jurisdiction) / "organisations.yaml")
        self.fields["lead"] = forms.ChoiceField(
            label="牵头部门",
            choices=[("", "请选择"), *names.items()],
            error_messages={"required": "请选择牵头部门。"},
        )


class ReceiptsForm(forms.Form):
    """A table of receipts."""

    file = forms.FileField(
        label="回执表（XLSX）",
        error_messages={"required": "请选择文件。", "empty": "文件是空的。", "missing": "请选择文件。"},
    )
