"""An objection from the norm it rests on to the corrected label: every deed by its own person, over HTTP."""

import re
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jieti.appeals.models import Objection
from jieti.audit.checking import verify
from jieti.determinations.models import Run
from jieti.determinations.running import execute
from jieti.kit import clock
from jieti.measures.actions import load_measures
from jieti.registry.actions import link_proprietor
from jieti.registry.models import Business
from jieti.rulebooks.models import AnnualNorm
from tests.appeals.court import photo
from tests.factories.deliveries import make_feeds
from tests.journeys.conftest import LogIn
from tests.web import district
from tests.web.conftest import downloaded

pytestmark = pytest.mark.django_db
NAME = "北京市怀柔区雁栖老王饭馆"
PUBLIC = f"/business/{district.GROWTH}/"
MINE = f"/my/{district.GROWTH}/objections/"


def shown(client: Client, path: str) -> str:
    """The page as people read it, without its tags."""
    response = client.get(path, follow=True)
    assert response.status_code == 200, path
    return re.sub(r"<[^>]+>", "", response.content.decode())


def published(log_in: LogIn, people: district.People) -> None:
    """The norm by one and approved by another, the run by one and published by another."""
    reviewer, approver = log_in(people.reviewer), log_in(people.approver)
    norm = {"year": district.YEAR, "is_sample": "on", "step": "propose", **district.NORM}
    reviewer.post("/officer/norms/new/", norm)
    address = f"/officer/norms/{AnnualNorm.objects.get().pk}/"
    assert reviewer.post(address, {"decision": "approve"}).status_code == 409
    approver.post(address, {"decision": "approve"})
    reviewer.post(
        "/officer/runs/new/",
        {"year": district.YEAR, "basis_date": date(district.YEAR, 7, 1).isoformat(), "kind": "main"},
    )
    run = execute(Run.objects.get())
    assert reviewer.post(f"/officer/runs/{run.pk}/publish/").status_code == 403
    assert approver.post(f"/officer/runs/{run.pk}/publish/").status_code == 302


def filed(client: Client) -> Objection:
    """By the proprietor: which fact, what is right and why, with a picture, checked and sent."""
    assert client.post(f"{MINE}new/", {"facts": ["turnover"]}).status_code == 302
    picture = SimpleUploadedFile("账簿.jpg", photo(), content_type="image/jpeg")
    claim = {"fact-turnover": "3000000", "statement": "年报漏填了一笔", "papers": [picture]}
    assert client.post(f"{MINE}new/claim/", claim).status_code == 302
    assert "您认为：3,000,000.00 元" in shown(client, f"{MINE}new/check/")
    client.post(f"{MINE}new/check/")
    return Objection.objects.get()


def take(client: Client, step: str, **data: str) -> int:
    """One step on its own page, as the page's form would send it; the answer's status."""
    one = Objection.objects.get()
    address = f"/officer/objections/{one.pk}/steps/{step}/"
    return client.post(address, {"version": one.version, **data}).status_code


@pytest.mark.clause("附件一(二)3.c")
def test_from_the_norm_to_the_corrected_label(people: district.People, log_in: LogIn) -> None:
    make_feeds()
    load_measures(by=None, folder=Path(settings.RULEBOOKS_DIR) / settings.JURISDICTION / settings.EDITION)
    for source, text in district.FILES.items():
        district.deliver(people.clerk, source, text)
    link_proprietor(by=None, user=people.proprietor, business=Business.objects.get(pk=district.GROWTH))
    public, owner, stranger = log_in(None), log_in(people.proprietor), log_in(people.outsider)
    published(log_in, people)
    assert NAME in shown(public, "/?q=老王")
    assert f"{district.YEAR}年度分型结果：成长型" in shown(public, PUBLIC)

    one = filed(owner)
    assert stranger.get(f"{MINE}{one.pk}/").status_code == 404
    assert stranger.get(f"/officer/objections/{one.pk}/").status_code == 403
    decide(log_in, people, one)
    answered(public, owner, stranger, one)
    assert verify().broken is None


def decide(log_in: LogIn, people: district.People, one: Objection) -> None:
    """Accepted by the clerk, verified by the reviewer, decided by the approver, corrected and answered."""
    clerk, reviewer, approver = (log_in(who) for who in (people.clerk, people.reviewer, people.approver))
    address = f"/officer/objections/{one.pk}/"
    assert "年报漏填了一笔" in shown(clerk, address) or "已提出" in shown(clerk, address)
    assert take(approver, "accept") == 409, "accepting is the clerk's"
    assert take(clerk, "accept") == 302
    assert take(reviewer, "verify") == 302
    bench = shown(reviewer, f"{address}bench/?fact-turnover=3000000")
    assert "成长型 → 发展型" in bench
    found = {"fact-turnover": "3000000", "reason": "账簿与补充的年报一致"}
    assert take(reviewer, "conclude", **found) == 302
    assert take(reviewer, "uphold", reason="同意") == 409, "who proposes does not decide"
    assert take(clerk, "uphold", reason="同意") == 409
    assert take(approver, "uphold", reason="年报漏填属实") == 302
    assert "分型结果：成长型" in shown(log_in(None), PUBLIC), "decided is not yet corrected"
    assert take(reviewer, "correct") == 302
    assert take(reviewer, "correct") == 409, "once"
    assert take(clerk, "reply", reason="感谢您的指正。") == 302


def answered(public: Client, owner: Client, stranger: Client, one: Objection) -> None:
    """The letter for its addressee alone; the corrected label and the one before for everybody."""
    one.refresh_from_db()
    assert (one.state, one.outcome, one.closed_on) == ("replied", "upheld", clock.today())
    mine = shown(owner, f"{MINE}{one.pk}/")
    for words in ("异议成立", "分型结果更正为“发展型”", "核实为：3,000,000.00 元", "感谢您的指正。"):
        assert words in mine
    letter = owner.get(f"{MINE}{one.pk}/letter.pdf")
    assert letter.headers["Content-Type"] == "application/pdf"
    assert downloaded(letter).startswith(b"%PDF-")
    assert stranger.get(f"{MINE}{one.pk}/letter.pdf").status_code == 404
    assert public.get(f"{MINE}{one.pk}/letter.pdf").status_code == 302
    page = shown(public, PUBLIC)
    assert f"{district.YEAR}年度分型结果：发展型" in page
    history = page.partition("历年分型结果")[2]
    assert history.index("发展型") < history.index("成长型") < history.index("已更正，不再有效")
    assert "更正：" in history
    assert not [secret for secret in (*district.SECRETS, "3,000,000", "年报漏填") if secret in page]
    assert f"{district.YEAR}年度分型结果：发展型" in shown(owner, f"/my/{district.GROWTH}/")
