"""What whoever complains is asked, with an account or without."""

from django import forms

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.engagement.grievances import Account
from jieti.engagement.models import Grievance
from jieti.web.choosing import offer

KIND_HINTS = {
    Grievance.Kind.QUESTION: "想问政策、条件、怎么办",
    Grievance.Kind.DIFFICULTY: "经营上遇到困难，希望帮助解决",
    Grievance.Kind.SUGGESTION: "对工作有意见、有建议",
    Grievance.Kind.FEE: "借办事收费、摊派、索要财物（只有纪检能看到）",
    Grievance.Kind.CONDUCT: "态度差、推诿、刁难（只有纪检能看到）",
}
KINDS = [(kind.value, f"{kind.label}：{hint}") for kind, hint in KIND_HINTS.items()]
NOT_LISTED = [("", "不涉及，或者不在下面")]


def kind_field() -> forms.ChoiceField:
    """Which kind it is."""
    return forms.ChoiceField(
        label="属于哪一种",
        choices=KINDS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择属于哪一种。", "invalid_choice": "请从列出的种类中选择。"},
    )


def accused_field() -> forms.ChoiceField:
    """Which body is complained of."""
    return forms.ChoiceField(
        label="投诉哪个单位（投诉的请选择）",
        help_text="选择的单位，任何岗位都看不到这件投诉。",
        choices=NOT_LISTED,
        required=False,
        error_messages={"invalid_choice": "请从列出的单位中选择。"},
    )


def title_field() -> forms.CharField:
    """What it is about, in a few words."""
    return forms.CharField(
        label="事由",
        help_text="一句话说明，例如：办理许可被要求交会费。",
        max_length=60,
        error_messages={"required": "请填写事由。"},
    )


def statement_field() -> forms.CharField:
    """What happened."""
    return forms.CharField(
        label="具体情况",
        help_text="写明时间、地点、经过和您的要求。不要填写身份证号码、银行卡号。",
        max_length=3_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": "请写明具体情况。"},
    )


def bodies_of(jurisdiction: Jurisdiction) -> list[tuple[str, str]]:
    """The bodies of the district, as they are chosen from."""
    found = Organisation.objects.filter(jurisdiction=jurisdiction).in_document_order()
    return [*NOT_LISTED, *((str(one.pk), one.name) for one in found)]


def offer_bodies(form: forms.Form, jurisdiction: Jurisdiction) -> None:
    """Fills in the bodies to choose from."""
    offer(form, "accused", bodies_of(jurisdiction))


def account_of(form: forms.Form) -> Account:
    """What the form says."""
    values = form.cleaned_data
    accused = Organisation.objects.get(pk=values["accused"]) if values["accused"] else None
    return Account(
        kind=values["kind"],
        title=values["title"],
        statement=values["statement"],
        accused=accused,
        asker=values.get("asker", ""),
        contact=values.get("contact", ""),
    )


def in_groups(number: str) -> str:
    """A receipt number as people copy it: four signs and four signs."""
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
