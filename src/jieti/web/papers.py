"""The papers of a title as downloads: the decision as it was made, the certificate as it would be printed now."""

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase

from jieti.kit import evidence
from jieti.kit.protection import decrypting_reader
from jieti.recognitions import certificates
from jieti.recognitions.models import Recognition

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def decision_of(title: Recognition, form: str) -> HttpResponseBase:
    """The decision document as `pdf` or `docx`; any other form, and one that was never made, is not found."""
    stored = {"pdf": title.document_path, "docx": title.document_docx_path}.get(form, "")
    if not stored:
        raise Http404
    name = f"认定决定书-{title.document_number}.{form}"
    if form == "pdf":
        return evidence.response_of(stored, name=name, kind=evidence.PDF)
    response = FileResponse(
        decrypting_reader(Path(settings.DATA_DIR) / stored), as_attachment=True, filename=name, content_type=DOCX
    )
    response["Cache-Control"] = "private, no-store"
    return response


def certificate_of(title: Recognition) -> HttpResponse:
    """The certificate. Raises Refusal for a title that is not in force."""
    headers = {"Content-Disposition": f'attachment; filename="certificate-{title.business_id}.pdf"'}
    return HttpResponse(certificates.pdf_of(title), content_type="application/pdf", headers=headers)
