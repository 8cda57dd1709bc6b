"""Files that a proprietor hands in for a case of the title, kept with the application that the title came from."""

from collections.abc import Sequence

from django.db.models import QuerySet

from jieti.accounts.models import User
from jieti.kit.errors import Refusal
from jieti.kit.evidence import MOST_FILES, Kept
from jieti.recognitions.models import Attachment, Ending, Extension

FOLDER = "recognitions/evidence"
"""Where the files are kept, encrypted, below settings.DATA_DIR."""


def attach(*, by: User, case: Ending | Extension, evidence: Sequence[Kept]) -> None:
    """Keeps the files with the case; the same file twice is one. Raises Refusal for more than ten."""
    application = case.recognition.application
    held = set(application.attachments.values_list("sha256", flat=True))
    fresh = {one.sha256: one for one in evidence if one.sha256 not in held}
    if evidence_of(case).count() + len(fresh) > MOST_FILES:
        raise Refusal(f"材料超过{MOST_FILES}个文件。", what_to_do="请合并成一个PDF，或者只提交最能说明问题的。")
    Attachment.objects.bulk_create(
        Attachment(
            application=application,
            criterion=_purpose(case),
            name=one.name,
            kind=one.kind,
            size=one.size,
            sha256=one.sha256,
            stored_as=one.stored_as,
            uploaded_by=by,
        )
        for one in fresh.values()
    )


def evidence_of(case: Ending | Extension) -> QuerySet[Attachment]:
    """The files of one case."""
    return Attachment.objects.filter(application=case.recognition.application_id, criterion=_purpose(case))


def _purpose(case: Ending | Extension) -> str:
    return f"{case._meta.model_name}:{case.pk}"
