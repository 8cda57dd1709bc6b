"""Files that people attach: the field in which they choose them, and the links by which they are fetched."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from jieti.kit.evidence import ACCEPT, LIMITS, MOST_FILES
from jieti.kit.models import KeptFile


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; what they are is checked when they are kept."""

    widget = FilesInput(attrs={"accept": ACCEPT})

    def clean(self, data: object, initial: object = None) -> list["UploadedFile[Any]"]:
        files = [one for one in (data if isinstance(data, list | tuple) else [data]) if one]
        if len(files) > MOST_FILES:
            raise forms.ValidationError(f"最多选择{MOST_FILES}个文件。", code="most")
        return [super(FilesField, self).clean(one, initial) for one in files]


def files_field(label: str = "证明材料（选填）", *, hint: str = "") -> FilesField:
    """The field for evidence."""
    return FilesField(
        label=label, required=False, allow_empty_file=True, help_text=f"{LIMITS}。照片中的位置等信息会自动去掉。{hint}"
    )


def links_to(files: Iterable[KeptFile], page: str, *place: object) -> list[tuple[str, str]]:
    """Each file by its name and size, and where it is fetched: `page`, of which its number is the last argument."""
    return [(f"{one.name}（{filesizeformat(one.size)}）", reverse(page, args=[*place, one.pk])) for one in files]
