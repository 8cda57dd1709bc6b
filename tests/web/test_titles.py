"""The pages of the three years after: who may open what, what they show, what they refuse, and what is public."""

import io
import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from python_calamine import CalamineWorkbook

from jieti.accounts.models import Role
from jieti.kit import clock
from jieti.recognitions import ending, extending, showcasing
from jieti.recognitions.extending import Judgment
from jieti.recognitions.models import Application, Ending, Extension, Recognition, Showcase, WatchFinding
from jieti.recognitions.showcasing import Generation, Story
from jieti.recognitions.tile_map import tiles_of
from jieti.recognitions.titles import end_title
from tests.appeals.court import photo
from tests.factories.accounts import make_district, make_jurisdiction, make_officer
from tests.factories.deliveries import organisation
from tests.recognitions.titles_scene import Scene, fresh, make_scene
from tests.web import district
from tests.web.conftest import LogIn, downloaded

MINE = f"/my/{district.GROWTH}/titles/"


@pytest.fixture(autouse=True)
def simulation(settings: Settings) -> None:
    settings.SIMULATED_CLOCK = True


@pytest.fixture
def scene(db: None) -> Scene:
    return make_scene()


@pytest.fixture
def reviewer(scene: Scene, log_in: LogIn) -> Client:
    return log_in(scene.people.reviewer)


@pytest.fixture
def owner(scene: Scene, log_in: LogIn) -> Client:
    return log_in(scene.people.proprietor)


def table(client: Client, path: str) -> list[tuple[object, ...]]:
    """The rows of a downloaded table."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(client.get(path))))
    return [tuple(row) for row in book.get_sheet_by_index(0).to_python()]


def shown(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path, follow=True)
    assert response.status_code == status, path
    return response.content.decode()


def status(client: Client, path: str) -> int:
    """How the page answers; a file that it hands out is read to its end."""
    response = client.get(path)
    if response.streaming:
        downloaded(response)
    return response.status_code


def old_title(scene: Scene, **changes: object) -> Recognition:
    """In its last year, and with a report due."""
    today = clock.today()
    day = today - timedelta(days=800)
    return scene.title(recognised_on=day, last_day=today + timedelta(days=295), **changes)  # type: ignore[arg-type]


def case_of(scene: Scene, one: Recognition, kind: str = Ending.Kind.WITHDRAWAL) -> Ending:
    return ending.open_case(by=scene.people.reviewer, recognition=one, kind=kind, reason="群众反映")


def evaluation_of(scene: Scene, one: Recognition) -> Extension:
    return extending.open_evaluation(by=scene.people.reviewer, recognition=one)


def everything(scene: Scene) -> list[str]:
    """Every officer page of this part, with rows behind it."""
    one = old_title(scene)
    case, evaluation = case_of(scene, one), evaluation_of(scene, one)
    finding = WatchFinding.objects.create(recognition=one, rule="absent_from_register", found_on=clock.today())
    return [
        "titles/", "titles.xlsx", "titles/map.xlsx", "titles/map.json", "titles/reports/", "titles/reports.xlsx",
        f"titles/{one.pk}/", f"titles/{one.pk}/end/", "confirmations/", "confirmations.xlsx",
        f"confirmations/{one.pk}/", "evaluations/", "evaluations.xlsx", f"evaluations/{evaluation.pk}/",
        f"evaluations/{evaluation.pk}/series.xlsx", f"evaluations/{evaluation.pk}/steps/conclude/",
        "endings/", "endings.xlsx", f"endings/{case.pk}/", f"endings/{case.pk}/steps/propose/",
        f"titles/?show=found&finding={finding.pk}",
    ]  # fmt: skip


def test_the_regulator_opens_every_page_and_an_outsider_none(
    scene: Scene, reviewer: Client, outsider_client: Client, log_in: LogIn
) -> None:
    pages = everything(scene)
    stranger = log_in(scene.people.proprietor)
    for page in pages:
        assert status(reviewer, f"/officer/{page}") == 200, page
        assert status(outsider_client, f"/officer/{page}") == 403, page
        assert status(stranger, f"/officer/{page}") == 403, page
        assert status(Client(), f"/officer/{page}") == 302, page


def test_a_department_sees_only_the_titles_that_it_recommended(scene: Scene, log_in: LogIn) -> None:
    own = scene.title(uscc=district.DEVELOPMENT, path=Application.Path.NOMINATION)
    other = old_title(scene)
    case, evaluation = case_of(scene, other), evaluation_of(scene, other)
    client = log_in(scene.nominator)
    assert "虹鳟鱼农家院" in shown(client, "/officer/titles/")
    assert "老王饭馆" not in shown(client, "/officer/titles/")
    shown(client, f"/officer/titles/{own.pk}/")
    shown(client, f"/officer/titles/{other.pk}/", 404)
    shown(client, f"/officer/evaluations/{evaluation.pk}/", 404)
    assert client.get(f"/officer/endings/{case.pk}/").status_code == 403


def test_another_districts_title_is_not_found(scene: Scene, log_in: LogIn) -> None:
    one = old_title(scene)
    elsewhere = make_jurisdiction("110117", "北京市平谷区", "cn-110117-pinggu")
    stranger = make_officer(make_district(elsewhere), Role.REVIEWER, username="elsewhere")
    client = log_in(stranger)
    assert client.get(f"/officer/titles/{one.pk}/").status_code == 404
    assert client.get(f"/officer/confirmations/{one.pk}/").status_code == 404


def test_the_list_narrows_and_downloads(scene: Scene, reviewer: Client) -> None:
    one = old_title(scene, category="quality")
    scene.title(uscc=district.DEVELOPMENT)
    page = shown(reviewer, "/officer/titles/")
    assert "老王饭馆" in page
    assert "虹鳟鱼农家院" in page
    assert "有效，最后一年" in page
    assert "虹鳟鱼农家院" not in shown(reviewer, "/officer/titles/?category=quality")
    assert "虹鳟鱼农家院" not in shown(reviewer, "/officer/titles/?show=soon")
    rows = table(reviewer, "/officer/titles.xlsx?category=quality")
    assert one.number in str(rows)


def test_an_ending_goes_its_way_over_the_pages(scene: Scene, reviewer: Client, owner: Client, log_in: LogIn) -> None:
    one = old_title(scene)
    response = reviewer.post(f"/officer/titles/{one.pk}/end/", {"kind": "revocation", "reason": "材料造假"})
    case = Ending.objects.get()
    assert response.headers["Location"] == f"/officer/endings/{case.pk}/"
    for step in ("propose", "notify"):
        form = {"version": Ending.objects.get().version, "reason": "查明属实，拟撤销"}
        assert reviewer.post(f"/officer/endings/{case.pk}/steps/{step}/", form).status_code == 302
    mine = shown(owner, f"{MINE}endings/{case.pk}/")
    assert "提交陈述申辩" in mine
    assert "不收取任何费用" in mine
    paper = SimpleUploadedFile("说明.jpg", photo(), content_type="image/jpeg")
    answer = {"version": Ending.objects.get().version, "statement": "是真的", "papers": [paper]}
    assert owner.post(f"{MINE}endings/{case.pk}/state/", answer).status_code == 302
    page = shown(reviewer, f"/officer/endings/{case.pk}/")
    assert "是真的" in page
    assert "说明.jpg" in page
    stale = reviewer.post(f"/officer/endings/{case.pk}/steps/decide/", {"version": 1, "reason": "x"})
    assert stale.status_code == 409
    approver = log_in(scene.people.approver)
    form = {"version": Ending.objects.get().version, "reason": "事实清楚"}
    assert approver.post(f"/officer/endings/{case.pk}/steps/decide/", form).status_code == 302
    assert fresh(one).end_kind == "revoked"
    page = shown(owner, f"{MINE}{one.pk}/")
    assert "不得再次申报" in page
    assert "行政复议" in page
    assert downloaded(owner.get(f"{MINE}{one.pk}/letter.pdf")).startswith(b"%PDF-")
    assert "老王饭馆" not in shown(Client(), "/recognised/ended/")
    ending.take(
        by=scene.people.reviewer, case=Ending.objects.get(), step="publish", version=Ending.objects.get().version
    )
    assert "撤销认定" in shown(Client(), "/recognised/ended/")
    assert "老王饭馆" in str(table(Client(), "/recognised/ended.xlsx"))


def test_the_owner_reports_and_is_asked_three_things_at_most(scene: Scene, owner: Client) -> None:
    one = old_title(scene)
    page = shown(owner, f"{MINE}{one.pk}/report/")
    for part in ("654,321.00元", "信息有误", "不收取任何费用", "来源："):
        assert part in page
    form = owner.get(f"{MINE}{one.pk}/report/").context["form"]
    assert len(form.fields) == 3
    assert owner.post(f"{MINE}{one.pk}/report/", {"features": "x"}).status_code == 422
    sent = owner.post(f"{MINE}{one.pk}/report/", {"features": "开了直播", "is_checked": "on"})
    assert sent.headers["Location"] == f"{MINE}{one.pk}/"
    report = one.reports.get()
    assert "开了直播" in shown(owner, f"{MINE}{one.pk}/reports/{report.year}/")


def test_nobody_else_opens_the_owners_pages(scene: Scene, outsider_client: Client) -> None:
    one = old_title(scene)
    case, evaluation = case_of(scene, one), evaluation_of(scene, one)
    for page in (
        "", f"{one.pk}/", f"{one.pk}/report/", f"{one.pk}/change/", f"{one.pk}/showcase/", f"{one.pk}/letter.pdf",
        f"endings/{case.pk}/", f"evaluations/{evaluation.pk}/",
    ):  # fmt: skip
        assert outsider_client.get(MINE + page).status_code == 404, page
        assert Client().get(MINE + page).status_code == 302, page
    assert outsider_client.post(f"{MINE}endings/{case.pk}/state/", {"version": 1}).status_code == 404
    assert outsider_client.post(f"{MINE}evaluations/{evaluation.pk}/supply/", {"version": 1}).status_code == 404
    assert outsider_client.post(f"{MINE}{one.pk}/showcase/hide/").status_code == 404


def test_an_evaluation_shows_its_figures_and_is_concluded(scene: Scene, reviewer: Client, owner: Client) -> None:
    case = evaluation_of(scene, old_title(scene))
    page = shown(reviewer, f"/officer/evaluations/{case.pk}/")
    for part in ("三年指标", "654321.00", "指标3年内有明显增长", "<svg"):
        assert part in page
    form = {"version": case.version, "grown": "1", "note": "翻倍", "reason": "建议延期"}
    assert reviewer.post(f"/officer/evaluations/{case.pk}/steps/conclude/", form).status_code == 302
    case.refresh_from_db()
    assert case.judged == {"indicators_grown": 1, "note": "翻倍"}
    assert "已提出评估意见" in shown(owner, f"{MINE}evaluations/{case.pk}/")
    assert "654321" in str(table(reviewer, f"/officer/evaluations/{case.pk}/series.xlsx"))


def test_the_owner_supplies_what_the_evaluation_asks_for(scene: Scene, owner: Client) -> None:
    case = evaluation_of(scene, old_title(scene))
    case = extending.take(
        by=scene.people.reviewer, case=case, step="ask_evidence", version=case.version, reason="请补充奖状"
    )
    assert "提交材料" in shown(owner, f"{MINE}evaluations/{case.pk}/")
    paper = SimpleUploadedFile("奖状.jpg", photo(), content_type="image/jpeg")
    form = {"version": case.version, "statement": "见奖状", "papers": [paper]}
    assert owner.post(f"{MINE}evaluations/{case.pk}/supply/", form).status_code == 302
    case.refresh_from_db()
    assert case.state == "evaluating"
    assert case.recognition.application.attachments.get().name == "奖状.jpg"
    judgment = Judgment(1, "有奖状")
    extending.conclude(by=scene.people.reviewer, case=case, version=case.version, judgment=judgment, reason="可以")


def test_a_finding_is_settled_on_the_page(scene: Scene, reviewer: Client) -> None:
    one = old_title(scene)
    finding = WatchFinding.objects.create(recognition=one, rule="absent_from_register", found_on=clock.today())
    address = f"/officer/titles/{one.pk}/findings/{finding.pk}/"
    assert reviewer.post(address, {"settlement": ""}).status_code == 409
    assert reviewer.post(address, {"settlement": "漏报，已核实"}).status_code == 302
    finding.refresh_from_db()
    assert finding.settled_by == scene.people.reviewer


def showcased(scene: Scene) -> Recognition:
    one = old_title(scene)
    story = Story(story="三代人做鱼", lineage=(Generation("王老汉", "", "1980年", "养鱼"), Generation("老王", "儿子")))
    showcasing.show(by=scene.people.proprietor, recognition=one, story=story)
    return one


@pytest.mark.clause("正文三(三).b")
def test_the_owner_shows_the_business_and_takes_it_back(scene: Scene, owner: Client) -> None:
    one = old_title(scene)
    picture = SimpleUploadedFile("鱼.jpg", photo(exif=b"Exif\0\0GPS secret"), content_type="image/jpeg")
    form = {
        "story": "三代人做鱼",
        "lineage": "王老汉，，1980年，养鱼\n老王，儿子，2010年，烹制",
        "photo": picture,
        "photo_text": "鱼塘",
    }
    assert owner.post(f"{MINE}{one.pk}/showcase/", form).status_code == 422
    picture.seek(0)
    assert owner.post(f"{MINE}{one.pk}/showcase/", form | {"consent": "on"}).status_code == 302
    page = shown(Client(), f"/recognised/{district.GROWTH}/")
    for part in ("三代人做鱼", "第1代　王老汉", "儿子", "雁栖镇", 'alt="鱼塘"'):
        assert part in page
    for secret in district.SECRETS:
        assert secret not in page
    response = Client().get(f"/recognised/{district.GROWTH}/photo")
    content = downloaded(response)
    assert response.headers["Content-Type"] == "image/jpeg"
    assert b"GPS" not in content
    assert owner.post(f"{MINE}{one.pk}/showcase/hide/").status_code == 302
    shown(Client(), f"/recognised/{district.GROWTH}/", 404)
    shown(Client(), f"/recognised/{district.GROWTH}/photo", 404)
    assert "老王饭馆" not in shown(Client(), "/recognised/")


def test_a_showcase_goes_with_the_title(scene: Scene) -> None:
    one = showcased(scene)
    assert "老王饭馆" in shown(Client(), "/recognised/")
    end_title(by=None, recognition=one, kind=Recognition.End.WITHDRAWN, reason="不再符合")
    assert "老王饭馆" not in shown(Client(), "/recognised/")
    shown(Client(), f"/recognised/{district.GROWTH}/", 404)
    assert Showcase.objects.get().hidden_at is None


@pytest.mark.clause("附件四(二)3.b")
def test_the_map_has_sixteen_towns_and_exports_the_consented_only(scene: Scene, reviewer: Client) -> None:
    showcased(scene)
    scene.title(uscc=district.DEVELOPMENT)
    tiles = tiles_of()
    assert len(tiles) == len({(one.column, one.row) for one in tiles}) == len({one.name for one in tiles}) == 16
    page = shown(Client(), "/recognised/")
    assert page.count("<rect") == 16
    assert "不是地图" in page
    assert "雁栖镇1户" in page
    assert "老王饭馆" not in shown(Client(), "/recognised/?town=渤海镇")
    assert "老王饭馆" in shown(Client(), "/recognised/?town=雁栖镇&category=distinctive")
    points = json.loads(reviewer.get("/officer/titles/map.json").content)["points"]
    assert [point["uscc"] for point in points] == [district.GROWTH]
    assert "老王饭馆" in str(table(reviewer, "/officer/titles/map.xlsx"))
    assert "老王饭馆" in str(table(Client(), "/recognised.xlsx"))


def test_the_work_list_names_what_waits(scene: Scene, reviewer: Client) -> None:
    one = old_title(scene)
    case_of(scene, one)
    evaluation_of(scene, one)
    page = shown(reviewer, "/officer/")
    assert "取消认定：" in page
    assert "到期评估：" in page
    assert organisation().key == "district_regulator"
