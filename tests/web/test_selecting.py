"""The pages from the visit to the report: a whole campaign by browser, and who is kept out."""

import io
import json
import uuid
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from jieti.accounts.models import Role, User
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.recognitions.models import Application, NoticeObjection, PublicNotice, Recognition, Visit
from jieti.registry.actions import link_proprietor
from tests.factories.accounts import make_district, make_jurisdiction, make_officer, make_user
from tests.recognitions.bench import DAY, FIRST_DAY, Bench, fresh, make_bench, picture
from tests.web.conftest import LogIn, downloaded

JSON = "application/json"
REASONED = {"category": "renowned", "category_reason": "品牌突出", "reason": "条件齐备"}


@pytest.fixture
def bench(db: None, settings: Settings) -> Iterator[Bench]:
    settings.SIMULATED_CLOCK = True
    cache.clear()
    with clock.at(FIRST_DAY):
        yield make_bench()


def step(client: Client, case: Application, key: str, **values: str) -> Application:
    """Takes a step by its page."""
    one = fresh(case)
    answer = client.post(f"/officer/decisions/{one.pk}/steps/{key}/", {"version": one.version, **values})
    assert answer.status_code == 302, answer.content.decode()
    return fresh(case)


def visit_values(visit: Visit) -> dict[str, object]:
    key = "renowned.quality_and_reputation"
    values: dict[str, object] = {
        "client_key": str(uuid.uuid4()),
        "started_at": "2026-09-14T10:30",
        "place": "40.31660, 116.63170",
        "met_with": "张秀英",
        "companion": "小李",
        "note": "情况属实",
        "photos": [SimpleUploadedFile("门面.jpg", picture(), "image/jpeg")],
        "visitor_signature": SimpleUploadedFile("a.png", picture("PNG"), "image/png"),
        "proprietor_signature": SimpleUploadedFile("b.png", picture("PNG"), "image/png"),
    }
    for key in ("renowned.quality_and_reputation", "renowned.share_or_fame", "renowned.known_trademark"):
        values |= {f"met-{key}": "yes", f"note-{key}": "现场看到"}
    return values


def visit_by_telephone(bench: Bench, case: Application, *, clerk: Client, visitor: Client, reviewer: Client) -> None:
    """The visit is planned, sent from the form, and read by the reviewer."""
    planned = {"visitor": bench.visitor.pk, "on": "2026-09-14", f"order-{case.pk}": "1"}
    assert clerk.post("/officer/visits/new/", planned).status_code == 302
    visit = Visit.objects.get()
    form = visitor.get(f"/officer/visits/{visit.pk}/form/").content.decode()
    assert "不收取任何费用" in form
    assert case.business.address in form
    sent = visitor.post(f"/officer/visits/{visit.pk}/form/", visit_values(visit), headers={"Accept": JSON})
    assert sent.json() == {"kept": True}
    assert "现场看到" in reviewer.get(f"/officer/visits/{visit.pk}/").content.decode()
    photo = reviewer.get(f"/officer/visits/{visit.pk}/photos/{visit.photos.get().pk}/")
    assert downloaded(photo).startswith(b"\xff\xd8")
    assert downloaded(reviewer.get(f"/officer/visits/{visit.pk}/signatures/visitor/")).startswith(b"\x89PNG")


def test_a_campaign_by_browser(bench: Bench, log_in: LogIn) -> None:
    clerk, reviewer, approver = log_in(bench.clerk), log_in(bench.reviewer), log_in(bench.approver)
    visitor, city_officer = log_in(bench.visitor), log_in(bench.city_officer)
    case = bench.case("visiting")
    visit_by_telephone(bench, case, clerk=clerk, visitor=visitor, reviewer=reviewer)
    case = step(reviewer, case, "propose", **REASONED)
    assert approver.get("/officer/public-notices/new/").status_code == 200
    published = approver.post("/officer/public-notices/new/", {"case": f"{case.pk}:{case.version}"})
    notice = PublicNotice.objects.get()
    assert published["Location"] == f"/officer/public-notices/{notice.pk}/"
    with clock.at(notice.closes_on + DAY):
        assert clerk.post(f"/officer/public-notices/{notice.pk}/close/").status_code == 302
        case = step(approver, case, "recognise", reason="符合知名类条件")
        title = Recognition.objects.get()
        approver.post("/officer/decisions/publish/", {"recognition": title.pk})
        assert reviewer.post("/officer/city-reports/make/").status_code == 302
        report = bench.campaign.reports.get()
        assert downloaded(reviewer.get(f"/officer/city-reports/{report.pk}/package.zip")).startswith(b"PK")
        assert reviewer.post(f"/officer/city-reports/{report.pk}/send/").status_code == 302
        drawn = city_officer.post("/officer/city-reports/spot-checks/new/", {"count": "1", "seed": "7"})
        assert "样本相同" in reviewer.get(drawn["Location"]).content.decode()
        case = step(city_officer, case, "find_in_order")
        case = step(reviewer, case, "take_effect")
        page = reviewer.get(f"/officer/decisions/{case.pk}/").content.decode()
        assert title.number in page
        assert downloaded(reviewer.get(f"/officer/decisions/{case.pk}/decision.pdf")).startswith(b"%PDF")
        assert downloaded(reviewer.get(f"/officer/decisions/{case.pk}/decision.docx")).startswith(b"PK")
        assert reviewer.get(f"/officer/decisions/{case.pk}/certificate.pdf").content.startswith(b"%PDF")
    assert case.state == "in_force"
    assert Event.objects.filter(verb="registry.read_protected").exists()


def test_a_comparison_by_browser(bench: Bench, log_in: LogIn) -> None:
    bench.campaign.ceiling = 1
    bench.campaign.save(update_fields=["ceiling"])
    reviewer, second, approver = log_in(bench.reviewer), log_in(bench.second), log_in(bench.approver)
    best, other = bench.case(), bench.case()
    for case, points in ((best, "9"), (other, "5")):
        step(reviewer, case, "compare")
        scores = {"points-quality": points, "note-quality": "所见", "points-feature": "4", "note-feature": "所见"}
        for client in (reviewer, second):
            answer = client.post(f"/officer/comparison/{case.pk}/score/", scores | {"no_tie": "on"})
            assert answer.status_code == 302, answer.content.decode()
    own = reviewer.get(f"/officer/comparison/{best.pk}/score/").content.decode()
    assert 'value="9"' in own
    ranked = reviewer.post("/officer/comparison/rank/")
    page = approver.get(ranked["Location"]).content.decode()
    assert "名次和散列值都相同" in page
    assert downloaded(approver.get(f"{ranked['Location'].rstrip('/')}.xlsx")).startswith(b"PK")
    step(reviewer, best, "choose", **REASONED)
    refused = reviewer.post(f"/officer/decisions/{other.pk}/steps/choose/", {"version": 2, **REASONED})
    assert refused.status_code == 409
    assert "没有入选" in refused.content.decode()
    assert step(approver, other, "not_choose", reason="名次在后").state == "not_chosen"


def test_the_public_sees_and_objects(bench: Bench, client: Client, log_in: LogIn) -> None:
    notice = bench.noticed(bench.proposed(bench.visited(bench.case("visiting"))))
    case = notice.applications.get()
    page = client.get(f"/notices/{notice.pk}/").content.decode()
    for text in (case.business.name, case.business_id, "2026年9月14日至2026年9月20日", "不收取任何费用", "12345"):
        assert text in page
    assert case.business.proprietor not in page
    assert case.introduction not in page
    assert case.business.name in client.get("/notices/").content.decode() or client.get("/notices/").status_code == 200
    assert downloaded(client.get(f"/notices/{notice.pk}.xlsx")).startswith(b"PK")
    form = f"/notices/{notice.pk}/objection/"
    assert client.post(form, {}).status_code == 422
    said = {"application": case.pk, "statement": "有未处理的投诉", "name": "李群众", "contact": "13812345678"}
    assert client.post(form, said)["Location"] == "/notices/received/"
    one = NoticeObjection.objects.get()
    clerk = log_in(bench.clerk)
    shown = clerk.get(f"/officer/public-notices/objections/{one.pk}/").content.decode()
    assert "13812345678" in shown
    assert "13812345678" not in log_in(bench.city_officer).get(f"/officer/public-notices/{notice.pk}/").content.decode()
    with clock.at(notice.closes_on + DAY):
        assert "提出异议</a>" not in client.get(f"/notices/{notice.pk}/").content.decode()
        assert client.post(form, said).status_code == 409
        clerk.post(f"/officer/public-notices/{notice.pk}/close/")
        answer = {"finding": "dismissed", "answer": "查无此事"}
        assert clerk.post(f"/officer/public-notices/objections/{one.pk}/", answer).status_code == 302
        assert step(log_in(bench.approver), case, "dismiss_objections", reason="均不成立").state == "deciding"


def test_objections_from_one_address_are_limited(bench: Bench, client: Client) -> None:
    notice = bench.noticed(bench.proposed(bench.case()))
    said = {"application": notice.applications.get().pk, "statement": "有", "name": "李", "contact": "1"}
    codes = [client.post(f"/notices/{notice.pk}/objection/", said).status_code for _ in range(6)]
    assert codes == [302] * 5 + [429]


def test_the_phone_is_told_why_not(bench: Bench, log_in: LogIn) -> None:
    (visit,) = bench.planned(bench.case("visiting"))
    visitor, form = log_in(bench.visitor), f"/officer/visits/{visit.pk}/form/"
    values = visit_values(visit)
    del values["photos"]
    answer = visitor.post(form, values, headers={"Accept": JSON})
    assert answer.status_code == 409
    assert answer.json()["message"] == "没有照片。"
    empty = visitor.post(form, {}, headers={"Accept": JSON})
    assert "到达时间" in empty.json()["what_to_do"]
    assert visitor.post(form, {}).status_code == 422
    assert visitor.get(f"/officer/visits/{visit.pk}/")["Location"] == form


def test_the_phone_can_keep_the_pages(bench: Bench, log_in: LogIn) -> None:
    visitor = log_in(bench.visitor)
    worker = visitor.get("/officer/visits/worker.js")
    assert worker["Content-Type"].startswith("text/javascript")
    manifest = json.loads(visitor.get("/officer/visits/manifest.webmanifest").content)
    assert (manifest["start_url"], manifest["scope"]) == ("/officer/visits/", "/officer/visits/")
    assert len(visitor.get("/officer/visits/token.json").json()["token"]) > 30


OFFICERS = (
    "/officer/visits/",
    "/officer/visits.xlsx",
    "/officer/visits/new/",
    "/officer/visits/token.json",
    "/officer/visits/worker.js",
    "/officer/visits/manifest.webmanifest",
    "/officer/visits/{visit}/",
    "/officer/visits/{visit}/form/",
    "/officer/visits/{visit}/photos/1/",
    "/officer/visits/{visit}/signatures/visitor/",
    "/officer/comparison/",
    "/officer/comparison/{case}/score/",
    "/officer/comparison/rankings/1/",
    "/officer/comparison/rankings/1.xlsx",
    "/officer/public-notices/",
    "/officer/public-notices.xlsx",
    "/officer/public-notices/new/",
    "/officer/public-notices/{notice}/",
    "/officer/public-notices/objections/1/",
    "/officer/decisions/",
    "/officer/decisions.xlsx",
    "/officer/decisions/{case}/",
    "/officer/decisions/{case}/steps/recognise/",
    "/officer/decisions/{case}/decision.pdf",
    "/officer/decisions/{case}/certificate.pdf",
    "/officer/city-reports/",
    "/officer/city-reports.xlsx",
    "/officer/city-reports/1/package.zip",
    "/officer/city-reports/spot-checks/new/",
    "/officer/city-reports/spot-checks/1/",
    "/officer/city-reports/spot-checks/1.xlsx",
)


def test_outsiders_are_kept_out(bench: Bench, log_in: LogIn, client: Client) -> None:
    (visit,) = bench.planned(bench.case("visiting"))
    notice = bench.noticed(bench.proposed(bench.case()))
    parts = {"visit": visit.pk, "case": visit.application_id, "notice": notice.pk}
    outsider = log_in(bench.outsider)
    for pattern in OFFICERS:
        path = pattern.format(**parts)
        assert outsider.get(path).status_code == 403, path
        assert client.get(path)["Location"].startswith("/login/"), path


def test_another_district_finds_nothing(bench: Bench, log_in: LogIn) -> None:
    (visit,) = bench.planned(bench.case("visiting"))
    notice = bench.noticed(bench.proposed(bench.case()))
    elsewhere = make_jurisdiction("110117", "北京市平谷区", "cn-999999-demo-variant")
    strangers: dict[Role, User] = {
        role: make_officer(make_district(elsewhere), role, username=f"far-{role}")
        for role in (Role.INTAKE_CLERK, Role.REVIEWER, Role.APPROVER)
    }
    for user in strangers.values():
        there = log_in(user)
        assert there.get(f"/officer/decisions/{visit.application_id}/").status_code == 404
        assert there.get(f"/officer/public-notices/{notice.pk}/").status_code == 404
        assert visit.application.business.name not in there.get("/officer/decisions/").content.decode()
    clerk = log_in(strangers[Role.INTAKE_CLERK])
    assert clerk.get(f"/officer/visits/{visit.pk}/form/").status_code == 404


def test_a_town_officer_sees_own_visits_alone(bench: Bench, log_in: LogIn) -> None:
    first, second = bench.planned(bench.case("visiting"), bench.case("visiting"))
    Visit.objects.filter(pk=second.pk).update(visitor=bench.reviewer)
    visitor = log_in(bench.visitor)
    assert visitor.get(f"/officer/visits/{second.pk}/form/").status_code == 200
    assert "这次走访由" in visitor.get(f"/officer/visits/{second.pk}/form/").content.decode()
    assert visitor.get(f"/officer/visits/{first.pk}/form/").status_code == 200


def test_tables(bench: Bench, log_in: LogIn) -> None:
    bench.recognised()
    reviewer = log_in(bench.reviewer)
    for path in ("visits", "decisions", "public-notices", "city-reports"):
        assert io.BytesIO(downloaded(reviewer.get(f"/officer/{path}.xlsx"))).read(2) == b"PK", path
    tasks = reviewer.get("/officer/").content.decode()
    assert "报市市场监管局" in tasks
    assert "标注公示认定结果" in log_in(bench.approver).get("/officer/").content.decode()


def test_the_proprietor_takes_the_papers_home(bench: Bench, log_in: LogIn) -> None:
    title = bench.recognised()
    owner = make_user("owner")
    link_proprietor(by=None, user=owner, business=title.business)
    mine, outsider = log_in(owner), log_in(bench.outsider)
    base = f"/my/{title.business_id}/titles/{title.pk}"
    with clock.at(title.recognised_on):
        assert mine.get(f"{base}/certificate.pdf").content.startswith(b"%PDF")
        assert downloaded(mine.get(f"{base}/decision.pdf")).startswith(b"%PDF")
        assert downloaded(mine.get(f"{base}/decision.docx")).startswith(b"PK")
        assert mine.get(f"{base}/decision.odt").status_code == 404
        for path in ("certificate.pdf", "decision.pdf"):
            assert outsider.get(f"{base}/{path}").status_code == 404
    with clock.at(title.last_day + DAY):
        refused = mine.get(f"{base}/certificate.pdf")
    assert refused.status_code == 409
    assert "已到期" in refused.content.decode()
