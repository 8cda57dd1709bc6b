"""证书: a paper that proves itself without a network, and a page that says how the title stands now."""

import datetime
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import certificates
from jieti.recognitions.models import Recognition
from tests.factories.recognitions import make_recognition

SCRIPT = Path(settings.ROOT) / "scripts" / "verify-certificate.mjs"
GIVEN = datetime.date(2024, 11, 25)
LAST = datetime.date(2027, 11, 25)


@pytest.fixture
def title(db: None) -> Recognition:
    return make_recognition(recognised_on=GIVEN)


def script(key: Path, address: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", SCRIPT, key, address], capture_output=True, text=True, check=False)


@pytest.mark.clause("附件三(五).a")
def test_it_verifies_offline(title: Recognition, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(certificates.public_key_pem())
    address = certificates.address_of(title)
    done = script(key, address)
    assert done.returncode == 0, done.stderr
    assert title.business.name in done.stdout
    assert '"lastDay":"2027-11-25"' in done.stdout
    assert certificates.proves(certificates.proof_of(title), certificates.public_key())


def test_changed_fields_do_not_verify(title: Recognition, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(certificates.public_key_pem())
    other = make_recognition(recognised_on=GIVEN)
    fields, _, signature = certificates.proof_of(title).partition(".")
    forged = f"{certificates.proof_of(other).partition('.')[0]}.{signature}"
    assert script(key, f"#{forged}").returncode == 1
    assert not certificates.proves(forged, certificates.public_key())
    assert not certificates.proves(f"{fields}.{signature}", bytes(32))
    assert not certificates.proves("", certificates.public_key())
    assert script(key, "#").returncode == 2


def test_the_paper_is_made_of_the_title(title: Recognition) -> None:
    with clock.at(LAST):
        assert certificates.pdf_of(title).startswith(b"%PDF-")
        assert certificates.pdf_of(title) == certificates.pdf_of(title)
    with clock.at(LAST + datetime.timedelta(days=1)), pytest.raises(Refusal, match="已到期"):
        certificates.pdf_of(title)


def test_the_page_says_how_it_stands_now(title: Recognition, client: Client) -> None:
    page = f"/certificates/{title.pk}/"
    with clock.at(LAST):
        assert "本认定现在有效" in client.get(page).content.decode()
    with clock.at(LAST + datetime.timedelta(days=1)):
        assert "有效期已过" in client.get(page).content.decode()
    Recognition.objects.update(ended_on=GIVEN, end_kind="revoked", end_reason="秘密的理由")
    shown = client.get(page).content.decode()
    assert "已终止（撤销认定）" in shown
    assert "秘密的理由" not in shown
    assert title.business.proprietor not in shown
    assert client.get("/certificates/999999/").status_code == 404


def test_it_is_found_by_its_number(title: Recognition, client: Client) -> None:
    for asked in (title.number, f" {title.number} ", title.business_id):
        assert client.get("/certificates/", {"number": asked})["Location"] == f"/certificates/{title.pk}/"
    assert "没有这个编号" in client.get("/certificates/", {"number": "假〔2026〕1号"}).content.decode()
    assert client.get("/certificates/", {"number": ""}).status_code == 422
    assert client.get("/certificates/key.pem").content.decode() == certificates.public_key_pem()
    assert certificates.fingerprint() in client.get("/certificates/").content.decode()
