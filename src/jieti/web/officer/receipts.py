"""A run's receipt: its manifest, and the proof that one business's result is among its results (docs/verify.md)."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.perms import may_read_results
from jieti.determinations.models import Run
from jieti.determinations.receipts import manifest_text, proof_of
from jieti.kit.errors import Refusal
from jieti.web.access import OfficerRequest, only

JSON = "application/json"
BITS = "determinations.Result.true_bits"
REASON = "下载分型结果的证明"


@only(may_read_results)
@require_safe
def manifest(request: OfficerRequest, pk: int) -> HttpResponse:
    """The manifest of a run, to be checked with `rulecore verify`."""
    run = _finished(request, pk)
    return download(manifest_text(run), f"manifest-{run.year}-{run.pk}.json")


@only(may_read_results)
@require_safe
def proof(request: OfficerRequest, pk: int, uscc: str) -> HttpResponse:
    """The proof for one business. It tells how each criterion came out, so it takes the right to see that."""
    run = _finished(request, pk)
    text = _proof(run, uscc)
    shown = disclosed(reader_of(request.user, request.jurisdiction), {BITS: text}, business=uscc, reason=REASON)[BITS]
    if not shown.tells:
        return HttpResponse(str(shown), status=403, content_type="text/plain; charset=utf-8")
    return download(text, f"proof-{run.year}-{uscc}.json")


def download(text: str, name: str) -> HttpResponse:
    """A JSON file."""
    return HttpResponse(text, content_type=JSON, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _proof(run: Run, uscc: str) -> str:
    try:
        return proof_of(run, uscc)
    except Refusal as refused:
        raise Http404(str(refused)) from None


def _finished(request: OfficerRequest, pk: int) -> Run:
    run = get_object_or_404(Run.objects.of(request.jurisdiction), pk=pk)
    if not run.merkle_root:
        raise Http404
    return run
