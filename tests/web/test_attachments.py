"""Files that come with grievances and requests for correction: what they are, and who may fetch them."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import Settings

from jieti.accounts.models import DISTRICT_REGULATOR, Role, User
from jieti.audit.models import Event
from jieti.engagement import grievances, reminding
from jieti.engagement.models import Grievance, GrievanceFile
from jieti.kit import clock
from jieti.kit.evidence import MOST_BYTES, MOST_FILES
from jieti.registry.actions import link_proprietor
from jieti.registry.models import CorrectionRequest
from jieti.registry.sweeping import sweep
from tests.engagement.staff import Staff, also_works_for, make_staff
from tests.web import district
from tests.web.conftest import LogIn, downloaded

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
MAKE = 0x010F
CORRECTION = f"/my/{district.GROWTH}/corrections/new/?source=registration&item=address"


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def staff(people: district.People) -> Staff:
    district.deliver(people.clerk, "registration", district.REGISTRATION)
    found = make_staff(people)
    link_proprietor(by=None, user=people.proprietor, business=found.business)
    return found


def photograph() -> bytes:
    exif, out = Image.Exif(), io.BytesIO()
    exif[MAKE] = "Secret Camera"
    Image.new("RGB", (40, 20)).save(out, format="JPEG", exif=exif)
    return out.getvalue()


def paper(content: bytes = PDF, name: str = "收据.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def complaint(client: Client, path: str, *papers: SimpleUploadedFile, **changes: object) -> dict[str, object]:
    ticket = client.get(path).context["form"].initial["ticket"]
    said = {"kind": "question", "accused": "", "title": "怎样报名", "statement": "想学烹饪", "ticket": ticket}
    return {**said, "papers": list(papers), **changes}


def status(client: Client, path: str) -> int:
    response = client.get(path)
    if response.streaming:
        downloaded(response)
    return response.status_code


def kept(data_dir: Path, folder: str) -> list[Path]:
    return list((data_dir / folder).glob("*"))


def test_a_complaint_of_fees_with_a_receipt_is_discipline_s_alone(staff: Staff, log_in: LogIn) -> None:
    stranger, accused = log_in(None), staff.body(DISTRICT_REGULATOR)
    said = complaint(stranger, "/complaints/new/", paper(), kind="fee", accused=accused.pk)
    assert stranger.post("/complaints/new/", said).headers["Location"] == "/complaints/received/"
    one = Grievance.objects.get()
    path = f"/officer/complaints/{one.pk}/files/{one.files.get().pk}/"
    for user in (staff.people.reviewer, staff.people.approver, staff.people.clerk, staff.city, staff.tax):
        assert status(log_in(user), path) == 404
    assert [status(log_in(user), path) for user in (staff.people.proprietor, staff.people.auditor)] == [403, 403]
    assert log_in(None).get(path).headers["Location"].startswith("/login/")
    response = log_in(staff.discipline).get(path)
    assert downloaded(response) == PDF
    assert response.headers["Content-Disposition"].startswith("attachment")
    read = Event.objects.get(verb="engagement.read_grievance")
    assert read.subject == f"grievance:{one.pk}"
    assert "收据" in log_in(staff.discipline).get(f"/officer/complaints/{one.pk}/").content.decode()
    number = stranger.get("/complaints/received/").context["number"]
    assert "附件1个" in log_in(None).post("/complaints/", {"number": number}).content.decode()
    also_works_for(staff.discipline, accused, Role.REVIEWER)
    assert status(log_in(staff.discipline), path) == 404


def test_the_asker_fetches_their_own_and_nobody_else_s(staff: Staff, log_in: LogIn, data_dir: Path) -> None:
    owner = log_in(staff.people.proprietor)
    said = complaint(owner, "/my/complaints/new/", paper(photograph(), "店面.png"), paper(), paper())
    assert owner.post("/my/complaints/new/", {**said, "business": district.GROWTH}).status_code == 302
    one = Grievance.objects.get()
    assert [file.name for file in one.files.all()] == ["店面.jpg", "收据.pdf"]
    assert len(kept(data_dir, grievances.FOLDER)) == 2
    page = owner.get(f"/my/complaints/{one.pk}/").content.decode()
    picture = one.files.all()[0]
    path = f"/my/complaints/{one.pk}/files/{picture.pk}/"
    assert path in page
    assert b"Secret Camera" not in downloaded(owner.get(path))
    for user in (staff.other_owner, staff.people.outsider, staff.people.reviewer):
        assert status(log_in(user), path) == 404
    assert status(log_in(staff.people.reviewer), f"/officer/complaints/{one.pk}/files/{picture.pk}/") == 200
    read = Event.objects.reads_of(f"business:{district.GROWTH}").first()
    assert read is not None
    assert read.detail["fields"] == ["engagement.GrievanceFile.name"]
    assert status(log_in(staff.tax), f"/officer/complaints/{one.pk}/files/{picture.pk}/") == 404


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"MZ\x90\x00" + b"\0" * 100, "收据.pdf", "不是图片或者PDF"),
        (b"<html><script>alert(1)</script></html>", "照片.jpg", "不是图片或者PDF"),
        (b"", "空.pdf", "空文件"),
        (b"%PDF-1.7" + b"x" * MOST_BYTES, "大.pdf", "超过10 MB"),
    ],
)
def test_a_file_that_lies_or_is_too_big_takes_nothing_in(
    staff: Staff, log_in: LogIn, data_dir: Path, content: bytes, name: str, words: str
) -> None:
    visitor, owner = log_in(None), log_in(staff.people.proprietor)
    bad = content, name
    for client, path, said in (
        (visitor, "/complaints/new/", complaint(visitor, "/complaints/new/", paper(), paper(*bad))),
        (owner, "/my/complaints/new/", complaint(owner, "/my/complaints/new/", paper(), paper(*bad))),
        (owner, CORRECTION, {"claim": "搬到3号", "papers": [paper(), paper(*bad)]}),
    ):
        response = client.post(path, said)
        assert response.status_code == 409, path
        assert words in response.content.decode()
    assert not Grievance.objects.exists()
    assert not CorrectionRequest.objects.exists()
    assert not kept(data_dir, grievances.FOLDER)
    assert not kept(data_dir, "corrections/evidence")


def test_more_than_ten_files_are_refused(staff: Staff, log_in: LogIn) -> None:
    owner = log_in(staff.people.proprietor)
    papers = [paper(PDF + b"%d\n%%%%EOF" % number) for number in range(MOST_FILES + 1)]
    response = owner.post("/my/complaints/new/", complaint(owner, "/my/complaints/new/", *papers))
    assert response.status_code == 422
    assert "最多选择10个文件" in response.content.decode()
    assert not GrievanceFile.objects.exists()


def test_sent_twice_it_is_kept_once(staff: Staff, log_in: LogIn, data_dir: Path) -> None:
    visitor = log_in(None)
    said = complaint(visitor, "/complaints/new/")
    for _ in range(2):
        assert visitor.post("/complaints/new/", {**said, "papers": [paper()]}).status_code == 302
    assert GrievanceFile.objects.count() == 1
    assert len(kept(data_dir, grievances.FOLDER)) == 1


@pytest.fixture
def asked(staff: Staff, log_in: LogIn) -> CorrectionRequest:
    sent = {"claim": "搬到3号", "papers": [paper(photograph(), "门牌.jpg")]}
    assert log_in(staff.people.proprietor).post(CORRECTION, sent).status_code == 302
    return CorrectionRequest.objects.get()


def test_the_body_that_answers_a_correction_fetches_its_file(
    staff: Staff, asked: CorrectionRequest, log_in: LogIn
) -> None:
    one = asked.files.get()
    own = f"/my/{district.GROWTH}/corrections/{asked.pk}/files/{one.pk}/"
    assert own in log_in(staff.people.proprietor).get(f"/my/{district.GROWTH}/corrections/").content.decode()
    assert status(log_in(staff.people.proprietor), own) == 200
    for user in (staff.other_owner, staff.people.outsider, staff.people.reviewer):
        assert status(log_in(user), own) == 404
    path = f"/officer/corrections/{asked.pk}/files/{one.pk}/"
    office = log_in(staff.people.reviewer)
    assert path in office.get(f"/officer/corrections/{asked.pk}/").content.decode()
    assert b"Secret Camera" not in downloaded(office.get(path))
    read = Event.objects.reads_of(f"business:{district.GROWTH}").first()
    assert read is not None
    assert read.detail["fields"] == ["registry.CorrectionFile.name"]
    refused: dict[User, int] = {staff.tax: 404, staff.people.outsider: 403, staff.people.clerk: 403}
    assert {user: status(log_in(user), path) for user in refused} == refused


def test_files_that_nothing_knows_are_swept(staff: Staff, asked: CorrectionRequest, data_dir: Path) -> None:
    known = data_dir / asked.files.get().stored_as
    strays = [data_dir / grievances.FOLDER / "stray", known.parent / "stray"]
    for stray in strays:
        stray.parent.mkdir(parents=True, exist_ok=True)
        stray.write_bytes(b"x")
    assert reminding.sweep() == 0
    with clock.at(clock.today() + timedelta(days=2)):
        assert reminding.sweep() == 1
        assert sweep(older_than=timedelta(hours=1)) == [strays[1]]
    assert known.exists()
