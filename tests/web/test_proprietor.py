"""What a proprietor reads of the own business."""

from jieti.determinations.models import Run
from tests.web import district
from tests.web.conftest import LogIn


def test_the_own_result_with_its_reasons(run: Run, people: district.People, log_in: LogIn) -> None:
    text = log_in(people.proprietor).get(f"/my/{district.GROWTH}/").content.decode()
    for shown in (
        f"{district.YEAR}年度分型结果：成长型",
        "第1步　符合基础标准：是",
        "654,321.00 元",
        "附件一(三)2(2)A",
        "招聘对接",
        "附件一(二)3",
    ):
        assert shown in text
    assert "还缺什么" not in text


def test_what_is_missing_is_named_with_its_supplier(run: Run, people: district.People, log_in: LogIn) -> None:
    from jieti.registry.actions import link_proprietor
    from jieti.registry.models import Business

    link_proprietor(by=None, user=people.proprietor, business=Business.objects.get(pk=district.PENDING))
    text = log_in(people.proprietor).get(f"/my/{district.PENDING}/").content.decode()
    assert "还缺什么，由谁提供" in text
    assert "不需要您另行提交" in text
    assert "生存型、成长型、发展型" in text


def test_a_step_that_decided_is_the_last(run: Run, people: district.People, log_in: LogIn) -> None:
    """A business that fails the base standard is not measured by the tiers (附件一(一))."""
    from jieti.registry.actions import link_proprietor
    from jieti.registry.models import Business

    link_proprietor(by=None, user=people.proprietor, business=Business.objects.get(pk=district.GONE))
    text = log_in(people.proprietor).get(f"/my/{district.GONE}/").content.decode()
    assert "第1步　符合基础标准：否" in text
    assert "第2步" not in text


def test_nothing_is_shown_before_publication(people: district.People, log_in: LogIn) -> None:
    district.determined(people)
    text = log_in(people.proprietor).get(f"/my/{district.GROWTH}/").content.decode()
    assert "还没有公布的判定结果" in text
    assert "成长型" not in text.split("<main")[1]


def test_an_account_without_a_business(people: district.People, log_in: LogIn) -> None:
    assert "还没有关联个体工商户" in log_in(people.outsider).get("/my/").content.decode()
