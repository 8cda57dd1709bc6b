"""“数据有误？”: anybody tells the regulator that an entry is wrong."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import User
from jieti.directory.models import DirectoryEntry
from jieti.directory.reporting import raise_report
from jieti.web.access import posted
from jieti.web.public.entrance import too_many
from jieti.web.public.forms import ReportForm
from jieti.web.public.limits import counted

MOST_AN_HOUR = 5


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, uscc: str) -> HttpResponse:
    """What is wrong, who says so, and how to reach them."""
    entry = get_object_or_404(DirectoryEntry, pk=uscc)
    form = ReportForm(posted(request))
    if form.is_valid():
        if not counted(request, "directory.report", most=MOST_AN_HOUR):
            return too_many(request)
        by = request.user if isinstance(request.user, User) else None
        raise_report(by=by, entry=entry, **form.cleaned_data)
        return redirect("public:report-received")
    return render(request, "public/report.html", {"entry": entry, "form": form}, status=422 if form.errors else 200)


@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """What happens next."""
    return render(request, "public/report_received.html")
