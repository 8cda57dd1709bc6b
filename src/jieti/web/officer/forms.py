"""What officers enter."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.registry.models import Delivery
from rulecore.model import Parameter, Rulebook, Source

CORRECTION = "correction"
"""The way of delivering that is a supplement mending what earlier ones told wrong."""
DATE = forms.DateInput(attrs={"type": "date"})


RUN_KINDS = [
    (Run.Kind.MAIN.value, "正式：每年只有一次，结果可以公布"),
    (Run.Kind.SHADOW.value, "试算：用来比较新数据的影响，结果不公布"),
]


class DeliveryForm(forms.Form):
    """A file of one source, as of a day."""

    field_order = ("source", "as_of", "mode", "file")

    as_of = forms.DateField(
        label="数据截止日期",
        help_text="这批数据反映的是哪一天的情况，不是上传的日期。",
        widget=DATE,
        error_messages={"required": "请填写数据截止日期。", "invalid": "请填写有效的日期，例如2026年7月1日。"},
    )
    mode = forms.ChoiceField(
        label="接收方式",
        choices=[
            (Delivery.Mode.FULL.value, "全量：替换这个来源以前的数据"),
            (Delivery.Mode.SUPPLEMENT.value, "补充：在已接收数据的基础上增加，或者换成新的情况"),
            (CORRECTION, "更正：以前送的有错，按现在送的改正"),
        ],
        initial=Delivery.Mode.FULL.value,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择接收方式。"},
    )
    file = forms.FileField(
        label="数据文件",
        help_text="可以是 XLSX、XLS、CSV（GBK、GB18030 或 UTF-8 编码）、Parquet 文件，或者把它们打成一个 ZIP。",
        error_messages={
            "required": "请选择数据文件。",
            "empty": "文件是空的，请核对后重新选择。",
            "missing": "请选择数据文件。",
        },
    )

    def __init__(self, sources: Mapping[str, Source], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "请选择"), *((key, item.title) for key, item in sources.items())]
        self.fields["source"] = forms.ChoiceField(
            label="数据来源",
            choices=choices,
            error_messages={"required": "请选择数据来源。", "invalid_choice": "这个来源不由您送交，请重新选择。"},
        )
        self.order_fields(self.field_order)

    def clean_as_of(self) -> Any:
        as_of = self.cleaned_data["as_of"]
        if as_of > clock.today():
            raise forms.ValidationError("数据截止日期不能晚于今天。")
        return as_of


class ContactForm(forms.Form):
    """Whom to call about a feed."""

    contact = forms.CharField(
        label="联系人及电话",
        max_length=100,
        required=False,
        help_text="填写办公电话，不要填写个人手机号码。",
        error_messages={"max_length": "请不要超过100个字。"},
    )


class NormForm(forms.Form):
    """The annual norm of a year: the document that publishes it and its amounts, each of which may stay open."""

    year = forms.IntegerField(
        label="年度",
        min_value=2024,
        max_value=2100,
        error_messages={"required": "请填写年度。", "invalid": "请填写四位数的年度。"},
    )
    document_number = forms.CharField(
        label="文号",
        max_length=100,
        required=False,
        help_text="公布当年认定标准的文件，例如“京市监发〔2026〕1号”。样例可以不填。",
    )
    is_sample = forms.BooleanField(label="这是演示或者试算用的样例，不是公布的标准", required=False)

    def __init__(self, rulebook: Rulebook, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parameters = [item for item in rulebook.parameters.values() if item.annual_norm]
        for parameter in self.parameters:
            self.fields[parameter.key] = amount_field(parameter)

    @property
    def amount_fields(self) -> list[forms.BoundField]:
        return [self[parameter.key] for parameter in self.parameters]

    @property
    def values(self) -> dict[str, Decimal]:
        """The amounts that were given; an open one is not published, not zero."""
        given = {item.key: self.cleaned_data.get(item.key) for item in self.parameters}
        return {key: value for key, value in given.items() if value is not None}

    @property
    def answers(self) -> list[tuple[str, str]]:
        """Each amount as it will be proposed."""
        return [
            (item.label, f"{self.values[item.key]:,f}{item.unit}" if item.key in self.values else "不填（未公布）")
            for item in self.parameters
        ]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("document_number") and not cleaned.get("is_sample"):
            self.add_error("document_number", "请填写公布标准的文件文号；如果只是演示，请标明为样例。")
        for item in self.parameters:
            low, high = cleaned.get(item.key), cleaned.get(item.below or "")
            if low is not None and high is not None and low >= high:
                self.add_error(item.key, f"{item.label}必须低于较高一型的标准。")
        return cleaned


class RunForm(forms.Form):
    """The year to determine, on which day's facts, for good or for trial."""

    year = forms.IntegerField(
        label="判定年度",
        min_value=2024,
        max_value=2100,
        error_messages={"required": "请填写判定年度。", "invalid": "请填写四位数的年度。"},
    )
    basis_date = forms.DateField(
        label="判定基准日",
        widget=DATE,
        help_text="成立年限、信用状况等都按这一天的情况判定，一般为当年7月1日。",
        error_messages={"required": "请填写判定基准日。", "invalid": "请填写有效的日期，例如2026年7月1日。"},
    )
    kind = forms.ChoiceField(
        label="种类",
        choices=RUN_KINDS,
        initial=Run.Kind.MAIN.value,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择种类。"},
    )

    def only_trials(self) -> None:
        """Leaves no other kind to choose: the year's determination is another body's."""
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            kind.choices = [choice for choice in RUN_KINDS if choice[0] == Run.Kind.SHADOW]
        kind.initial = Run.Kind.SHADOW.value


def amount_field(parameter: Parameter) -> forms.DecimalField:
    """The field of an amount of the annual norm, which may stay open."""
    return forms.DecimalField(
        label=f"{parameter.label}（{parameter.unit}）",
        required=False,
        min_value=0,
        max_digits=18,
        decimal_places=2,
        help_text=f"依据{parameter.clause}。尚未公布的不填，不填不等于0。",
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={
            "invalid": f"{parameter.label}应当是数字，最多两位小数。",
            "min_value": f"{parameter.label}不能小于0。",
        },
    )
