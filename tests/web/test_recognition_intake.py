"""The pages of the intake: the owner's short form, the department's nomination, the officers' list and bench."""

import io
from collections.abc import Iterator

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from jieti.kit import clock
from jieti.kit.tables import XLSX
from jieti.recognitions.models import Application, Nomination
from jieti.recognitions.screening import screen
from jieti.web.proprietor.applications import CategoryForm, WordsForm, asked_of, open_facts
from jieti.web.recognising import cards_of
from tests.appeals.court import photo
from tests.factories.recognitions import make_application, make_business
from tests.recognitions.intake import OPEN, Intake, make_intake
from tests.web.conftest import LogIn, downloaded

MOST_FIELDS = 5


@pytest.fixture
def intake(db: None, settings: Settings) -> Iterator[Intake]:
    settings.SIMULATED_CLOCK = True
    with clock.at(OPEN):
        yield make_intake()


@pytest.mark.clause("附件三(二)2.a")
def test_the_owner_applies_in_three_short_steps(intake: Intake, log_in: LogIn) -> None:
    browser, home = log_in(intake.proprietor), f"/my/{intake.business.pk}/applications/"
    page = browser.get(home).content.decode()
    for part in ("可以申报", "不收取任何费用", "12345", "2026年11月30日", "成长型或者发展型"):
        assert part in page
    response = browser.post(f"{home}new/")
    one = Application.objects.get()
    assert response["Location"] == f"{home}{one.pk}/category/"
    assert browser.post(response["Location"], {}).status_code == 422
    response = browser.post(response["Location"], {"preferred_category": "distinctive"})
    page = browser.get(response["Location"]).content.decode()
    assert "经营项目和场所照片" in page
    sent = {"introduction": "自养虹鳟鱼", "papers-local_feature": SimpleUploadedFile("店.jpg", photo())}
    response = browser.post(response["Location"], sent)
    page = browser.get(response["Location"]).content.decode()
    assert "店.jpg" in page
    assert "自养虹鳟鱼" in page
    response = browser.post(response["Location"], {"version": one.version})
    assert response["Location"] == f"{home}{one.pk}/"
    one.refresh_from_db()
    assert one.state == "submitted"
    assert one.attachments.get().criterion == "distinctive.local_feature"
    assert "决定是否受理" not in browser.get(response["Location"]).content.decode()


def test_a_business_with_full_feeds_is_asked_at_most_five_things(intake: Intake) -> None:
    found = screen(intake.business, path="self")
    for card in cards_of(found):
        form = WordsForm(asked_of(card), open_facts(found, card), None, None, None)
        fields = [*CategoryForm.base_fields, *form.fields]
        assert len(fields) <= MOST_FIELDS, (card.key, fields)


def test_what_was_written_stays_when_a_file_is_refused(intake: Intake, log_in: LogIn) -> None:
    one = intake.drafted()
    page = f"/my/{intake.business.pk}/applications/{one.pk}/words/"
    sent = {
        "introduction": "三代人的手艺",
        "papers-local_feature": SimpleUploadedFile("病毒.jpg", b"MZ\x90\x00 lies"),
    }
    response = log_in(intake.proprietor).post(page, sent)
    assert response.status_code == 409
    assert "不是图片或者PDF" in response.content.decode()
    one.refresh_from_db()
    assert one.introduction == "三代人的手艺"


def test_a_department_nominates_with_consent(intake: Intake, log_in: LogIn) -> None:
    officer, owner = log_in(intake.nominator), log_in(intake.proprietor)
    sent = {"uscc": intake.business.pk, "category": "distinctive", "opinion": "游客评价好"}
    response = officer.post("/officer/nominations/new/", sent)
    one = Nomination.objects.get()
    page = officer.get(response["Location"]).content.decode()
    assert "征得经营者本人同意以后才能正式推荐" in page
    assert (
        officer.post(f"/officer/nominations/{one.pk}/steps/submit/", {"version": 1, "reason": "同意"}).status_code
        == 409
    )
    assert owner.get(f"/my/{intake.business.pk}/nominations/{one.pk}/").status_code == 404
    officer.post(f"/officer/nominations/{one.pk}/steps/ask_consent/", {"version": 1})
    page = owner.get(f"/my/{intake.business.pk}/nominations/{one.pk}/").content.decode()
    assert "是否同意由您自己决定" in page
    owner.post(f"/my/{intake.business.pk}/nominations/{one.pk}/consent/", {"version": 2})
    second = log_in(intake.second_nominator)
    second.post(f"/officer/nominations/{one.pk}/steps/submit/", {"version": 3, "reason": "同意推荐"})
    one.refresh_from_db()
    assert (one.state, one.application.state) == ("submitted", "submitted")


def test_a_signed_scan_is_kept_and_handed_out(intake: Intake, log_in: LogIn) -> None:
    one, officer = intake.nominated(), log_in(intake.nominator)
    page = f"/officer/nominations/{one.pk}/steps/record_consent/"
    assert officer.post(page, {"version": 1, "reason": "当面签字"}).status_code == 422
    sent = {"version": 1, "reason": "当面签字", "scan": SimpleUploadedFile("同意书.png", photo("PNG"))}
    assert officer.post(page, sent).status_code == 302
    response = officer.get(f"/officer/nominations/{one.pk}/consent/")
    assert response["Content-Type"] == "image/png"
    assert downloaded(response).startswith(b"\x89PNG")


def test_the_bench_shows_and_judges(intake: Intake, log_in: LogIn) -> None:
    one = intake.reviewing()
    browser = log_in(intake.reviewer)
    page = browser.get(f"/officer/recognitions/{one.pk}/bench/").content.decode()
    for part in ("基础标准", "特色（意向）", "祖孙三代", "判断"):
        assert part in page
    where = f"/officer/recognitions/{one.pk}/bench/distinctive/local_feature/"
    assert "由人判断，系统不作计算" in browser.get(where).content.decode()
    sent = {
        "fact-distinctive_trade": "catering",
        "fact-distinctive_and_representative": "true",
        "evidence": "现场照片",
        "note": "区内少见",
    }
    assert browser.post(where, sent | {"note": ""}).status_code == 422
    assert browser.post(where, sent).status_code == 302
    page = browser.get(f"/officer/recognitions/{one.pk}/bench/").content.decode()
    assert "区内少见" in page
    step = f"/officer/recognitions/{one.pk}/steps/pass_to_visit/"
    assert browser.post(step, {"version": one.version, "reason": "符合"}).status_code == 302
    assert "待走访" in browser.get(f"/officer/recognitions/{one.pk}/").content.decode()


def test_the_category_is_chosen_among_those_met(intake: Intake, log_in: LogIn) -> None:
    one, browser = intake.reviewing(), log_in(intake.reviewer)
    choose = f"/officer/recognitions/{one.pk}/category/"
    assert browser.get(choose).status_code == 409
    intake.judge(one)
    assert "申报人的意向" in browser.get(choose).content.decode()
    assert browser.post(choose, {"category": "quality", "reason": "更合适"}).status_code == 422
    assert browser.post(choose, {"category": "distinctive", "reason": "最能代表"}).status_code == 302
    one.refresh_from_db()
    assert one.decided_category == "distinctive"


def test_the_list_is_narrowed_and_downloaded(intake: Intake, log_in: LogIn) -> None:
    one = intake.submitted()
    other = make_application(business=make_business(town="渤海镇"), path="nomination", category="renowned")
    browser = log_in(intake.clerk)
    page = browser.get("/officer/recognitions/").content.decode()
    assert one.business.name in page
    assert other.business.name in page
    page = browser.get("/officer/recognitions/?show=new&town=渤海镇&path=nomination&category=renowned").content.decode()
    assert one.business.name not in page
    assert other.business.name in page
    response = browser.get("/officer/recognitions.xlsx?show=new&town=渤海镇")
    assert response["Content-Type"] == XLSX
    rows = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(response))).get_sheet_by_index(0).to_python()
    assert [row[0] for row in rows[1:]] == [other.pk]


def test_the_campaign_is_opened_and_counted_down(intake: Intake, log_in: LogIn) -> None:
    browser = log_in(intake.approver)
    page = browser.get("/officer/campaigns/2026/").content.decode()
    for part in ("距11月30日还有90天", "上限51户", "各阶段", "比选因素", "走访"):
        assert part in page
    assert "名特优新" in browser.get("/officer/").content.decode()
    intake.campaign.delete()
    page = browser.get("/officer/campaigns/").content.decode()
    assert "启动2026年度工作" in page
    weights = {"weight-quality_and_reputation": 40, "weight-distinctiveness": 20, "weight-driving_effect": 20}
    response = browser.post("/officer/campaigns/", weights | {"weight-honesty": 10, "tie_rule": "抽签"})
    assert response.status_code == 409
    assert "合计是90" in response.content.decode()
    response = browser.post("/officer/campaigns/", weights | {"weight-honesty": 20, "tie_rule": "抽签"})
    assert response["Location"] == "/officer/campaigns/2026/"


def test_others_are_kept_out(intake: Intake, log_in: LogIn) -> None:
    one = intake.submitted()
    stranger = log_in(intake.agent)
    for page in ("", f"{one.pk}/", "new/"):
        assert stranger.get(f"/my/{intake.business.pk}/applications/{page}").status_code in {404, 405}
    officers = [
        "/officer/recognitions/",
        f"/officer/recognitions/{one.pk}/",
        f"/officer/recognitions/{one.pk}/bench/",
        f"/officer/recognitions/{one.pk}/declare/",
        "/officer/nominations/",
        "/officer/campaigns/",
        "/officer/campaigns/2026/",
    ]
    for page in officers:
        assert log_in(None).get(page).status_code == 302
        assert stranger.get(page).status_code == 403
    assert log_in(intake.nominator).get(f"/officer/recognitions/{one.pk}/").status_code == 404
    assert log_in(intake.clerk).get(f"/officer/recognitions/{one.pk}/bench/").status_code == 403
