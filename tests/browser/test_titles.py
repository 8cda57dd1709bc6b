"""The three years after in a real browser: the officer's lists, the owner's title, the public showcase."""

import io

import pytest
from playwright.sync_api import expect

from jieti.kit import clock
from jieti.recognitions import ending, extending, showcasing
from jieti.recognitions.models import Ending, Recognition, WatchFinding
from jieti.recognitions.showcasing import Generation, Story
from tests.appeals.court import photo
from tests.browser.conftest import Visitor
from tests.recognitions.titles_scene import Scene, make_scene, soon
from tests.web import district


@pytest.fixture
def scene(transactional_db: None) -> Scene:
    return make_scene()


def title(scene: Scene) -> Recognition:
    """In its last year, shown to the public, with a finding and an evaluation."""
    one = scene.title(recognised_on=soon(-800), last_day=soon(295))
    story = Story(
        story="三代人守着一口鱼塘，虹鳟鱼现捞现烤，来怀柔的客人一吃就是二十年。",
        lineage=(
            Generation("王老汉", "", "1980年", "养鱼"),
            Generation("王建国", "儿子", "2010年", "烹制"),
            Generation("王小雨", "孙女", "2022年", "直播"),
        ),
        photo=io.BytesIO(photo(size=(900, 500))),
        photo_name="鱼塘.jpg",
        photo_text="雁栖镇的鱼塘",
    )
    showcasing.show(by=scene.people.proprietor, recognition=one, story=story)
    WatchFinding.objects.create(recognition=one, rule="absent_from_register", found_on=clock.today())
    return one


def test_the_public_sees_who_agreed_to_be_shown(scene: Scene, visitor: Visitor) -> None:
    title(scene)
    visitor.goto("/recognised/")
    visitor.check("recognised")
    visitor.page.get_by_role("link", name="北京市怀柔区雁栖老王饭馆").click()
    expect(visitor.page.get_by_role("img", name="雁栖镇的鱼塘")).to_be_visible()
    visitor.check("recognised-one")


def test_an_officer_looks_after_titles(scene: Scene, visitor: Visitor) -> None:
    one = title(scene)
    scene.title(uscc=district.DEVELOPMENT)
    case = extending.open_evaluation(by=scene.people.reviewer, recognition=one)
    visitor.log_in("reviewer")
    visitor.goto("/officer/titles/")
    visitor.check("officer-titles")
    visitor.page.get_by_role("link", name="雁栖老王饭馆").click()
    visitor.check("officer-title")
    visitor.goto(f"/officer/evaluations/{case.pk}/")
    visitor.check("officer-evaluation")
    visitor.goto(f"/officer/confirmations/{one.pk}/")
    visitor.check("officer-confirmation")


def test_an_owner_answers_and_reports(scene: Scene, visitor: Visitor) -> None:
    one = title(scene)
    reviewer = scene.people.reviewer
    case = ending.open_case(by=reviewer, recognition=one, kind=Ending.Kind.WITHDRAWAL, reason="群众反映")
    for step in ("propose", "notify"):
        case = ending.take(by=reviewer, case=case, step=step, version=case.version, reason="拟取消，可以陈述申辩")
    page = visitor.page
    visitor.log_in("laowang")
    visitor.goto(f"/my/{district.GROWTH}/titles/{one.pk}/")
    visitor.check("my-title")
    page.get_by_role("link", name="年信息报告").first.click()
    visitor.check("my-information-report")
    visitor.goto(f"/my/{district.GROWTH}/titles/{one.pk}/showcase/")
    visitor.check("my-showcase")
    visitor.goto(f"/my/{district.GROWTH}/titles/endings/{case.pk}/")
    visitor.check("my-title-ending")
    page.get_by_label("您要说明的情况").fill("已经改正，请保留认定")
    page.get_by_role("button", name="提交陈述申辩").click()
    expect(page.get_by_role("main")).to_contain_text("待决定")
