"""What is filled in of visits: the plan of a day, and the visit itself on a phone."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from jieti.accounts.models import Jurisdiction, Membership, Role, User
from jieti.accounts.perms import may_visit_applicants
from jieti.kit.evidence import MOST_BYTES
from jieti.recognitions.models import Application, Visit
from jieti.recognitions.visiting import Judged, Seen, judged_criteria
from jieti.web.access import Posted

FOUND = [("yes", "符合"), ("no", "不符合"), ("unclear", "看不出")]
MET = {"yes": True, "no": False, "unclear": None}
AREA = forms.Textarea(attrs={"rows": 3})
MOST_FILES_AT_ONCE = 12


class PlanForm(forms.Form):
    """A day's visits: which, by whom, when, in what order."""

    on = forms.DateField(
        label="走访日期",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "请填写走访日期。", "invalid": "请填写有效的日期。"},
    )
    companion = forms.CharField(label="同行人员", max_length=100, required=False, help_text="没有的不用填写。")

    def __init__(self, jurisdiction: Jurisdiction, waiting: Iterable[Application], data: Posted) -> None:
        super().__init__(data)
        self.waiting = {one.pk: one for one in waiting}
        self.visitors = {user.pk: user for user in visitors_of(jurisdiction)}
        self.fields["visitor"] = forms.TypedChoiceField(
            label="走访人",
            choices=[("", "请选择"), *((pk, str(user)) for pk, user in self.visitors.items())],
            coerce=int,
            error_messages={"required": "请选择走访人。"},
        )
        self.order_fields(("visitor", "on", "companion"))
        for pk in self.waiting:
            self.fields[f"order-{pk}"] = forms.IntegerField(
                required=False, min_value=1, max_value=99, widget=forms.NumberInput(attrs={"class": "short"})
            )

    @property
    def chosen(self) -> list[Application]:
        """Those given a place in the order, by it."""
        places = {pk: self.cleaned_data.get(f"order-{pk}") or 0 for pk in self.waiting}
        return [self.waiting[pk] for pk, place in sorted(places.items(), key=lambda pair: pair[::-1]) if place]

    @property
    def rows(self) -> list[tuple[Application, forms.BoundField]]:
        """Each waiting application with its place in the order."""
        return [(one, self[f"order-{pk}"]) for pk, one in self.waiting.items()]


class VisitForm(forms.Form):
    """The visit's form; the phone adds photographs and signatures."""

    client_key = forms.UUIDField(widget=forms.HiddenInput)
    started_at = forms.DateTimeField(
        label="到达时间",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": "请填写到达时间。", "invalid": "请填写有效的到达时间。"},
    )
    place = forms.CharField(label="位置", max_length=60, required=False, help_text="手机给出的经纬度，也可以填写地名。")
    met_with = forms.CharField(label="接待人", max_length=60, required=False)
    companion = forms.CharField(label="同行人员", max_length=100, required=False)

    def __init__(
        self, visit: Visit, data: Posted = None, files: "MultiValueDict[str, UploadedFile[bytes]] | None" = None
    ) -> None:
        initial = {"client_key": uuid.uuid4(), "companion": visit.companion}
        super().__init__(data, files, initial=initial)
        self.criteria = judged_criteria(visit.application)
        for one in self.criteria:
            self.fields[f"met-{one.key}"] = forms.ChoiceField(
                label=one.label,
                choices=FOUND,
                widget=forms.RadioSelect,
                error_messages={"required": f"请选择：{one.label}。"},
            )
            self.fields[f"note-{one.key}"] = _words(f"看到了什么：{one.label}", f"请写明看到了什么：{one.label}。")
        self.fields["note"] = _words("综合意见", "请填写综合意见。")

    @property
    def asked(self) -> list[tuple[Judged, forms.BoundField, forms.BoundField]]:
        """Each criterion with its two fields."""
        return [(one, self[f"met-{one.key}"], self[f"note-{one.key}"]) for one in self.criteria]

    @property
    def seen(self) -> Seen:
        """What was sent, as the action takes it."""
        values = self.cleaned_data
        return Seen(
            client_key=values["client_key"],
            started_at=values["started_at"],
            findings={
                one.key: {"met": MET[values[f"met-{one.key}"]], "note": values[f"note-{one.key}"]}
                for one in self.criteria
            },
            note=values["note"],
            place=values["place"],
            met_with=values["met_with"],
            companion=values["companion"],
            photos=[(one.name or "照片", _content(one)) for one in self._listed("photos")[:MOST_FILES_AT_ONCE]],
            visitor_signature=self._signature("visitor_signature"),
            proprietor_signature=self._signature("proprietor_signature"),
        )

    def _listed(self, name: str) -> "list[UploadedFile[bytes]]":
        files: Any = self.files
        return list(files.getlist(name)) if files else []

    def _signature(self, name: str) -> bytes:
        found = self._listed(name)
        return _content(found[0]) if found else b""


def visitors_of(jurisdiction: Jurisdiction) -> list[User]:
    """Everybody who may visit in the jurisdiction."""
    roles = (Role.INTAKE_CLERK, Role.REVIEWER, Role.TOWN_OFFICER)
    held = Membership.objects.filter(organisation__jurisdiction=jurisdiction, role__in=roles, user__is_active=True)
    users = {one.user_id: one.user for one in held.select_related("user").order_by("pk")}
    return [user for user in users.values() if may_visit_applicants(user, jurisdiction)]


def _words(label: str, missing: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=1_000, widget=AREA, error_messages={"required": missing})


def _content(file: "UploadedFile[bytes]") -> bytes:
    """A little more than may be kept at most, so that what is too large is refused by its size."""
    return bytes(file.read(MOST_BYTES + 1))
