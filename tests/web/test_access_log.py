"""What officers see of a business follows their duty, and the proprietor sees who saw what."""

import pytest
from django.test import Client

from jieti.accounts.actions import add_member
from jieti.accounts.disclosure import Reader, reader_of
from jieti.accounts.models import Jurisdiction, OrganisationKind, Role, User
from jieti.audit.models import Event
from jieti.determinations.models import Result, Run
from jieti.web.explaining import Line, Step, Verdict, explained_to
from tests.factories.accounts import make_organisation, make_user
from tests.web import district
from tests.web.conftest import LogIn
from tests.web.test_public import flat, sheet

LOG = f"/my/{district.GROWTH}/access-log/"
TABLE = f"/my/{district.GROWTH}/access-log.xlsx"
OFFICER = f"/officer/businesses/{district.GROWTH}/"
AMOUNTS = ("654,321", "4,321.09")


def seat(key: str, kind: OrganisationKind, role: Role) -> Reader:
    home = Jurisdiction.objects.site()
    user = make_user(f"{key}-{role}")
    add_member(by=None, user=user, organisation=make_organisation(key, f"名为{key}", kind, home), role=role)
    return reader_of(user, home)


def shown_to(reader: Reader, uscc: str = district.GROWTH) -> dict[str, object]:
    result = Result.objects.latest_for(uscc)
    assert result is not None
    return explained_to(reader, result)


def leaves(line: Line) -> list[Line]:
    return [leaf for item in line.items for leaf in leaves(item)] if line.items else [line]


def lines(page: dict[str, object]) -> list[Line]:
    steps = page["steps"]
    assert isinstance(steps, list)
    return [leaf for step in steps if isinstance(step, Step) for leaf in leaves(step.line)]


def values(page: dict[str, object]) -> dict[str, str]:
    return {fact.fact: fact.value_text for line in lines(page) for fact in line.facts}


def verdicts(page: dict[str, object], fact: str) -> set[Verdict]:
    return {line.verdict for line in lines(page) if fact in {one.fact for one in line.facts}}


def reads() -> list[Event]:
    return list(Event.objects.reads_of(f"business:{district.GROWTH}"))


def test_a_town_officer_sees_the_result_and_no_amount(run: Run) -> None:
    page = shown_to(seat("area_102", OrganisationKind.TOWN, Role.TOWN_OFFICER))
    assert page["label"] == "成长型"
    found = values(page)
    assert found["turnover"] == "仅北京市怀柔区市场监督管理局、北京市市场监督管理局和本人可见"
    assert found["tax_paid"].startswith("仅国家税务总局北京市怀柔区税务局")
    assert not [amount for amount in AMOUNTS if amount in str(page)]
    assert not reads()


def test_an_outcome_that_would_tell_a_withheld_value_is_withheld(run: Run) -> None:
    page = shown_to(seat("area_102", OrganisationKind.TOWN, Role.TOWN_OFFICER))
    for fact in ("turnover", "tax_paid", "insured_headcount"):
        assert verdicts(page, fact) == {Verdict.WITHHELD}, fact
    assert not [
        line for line in lines(page) if line.verdict is Verdict.WITHHELD and line.finding and line.finding.outcome
    ]
    assert verdicts(page, "registration_status") == {Verdict.YES}
    assert "outlook" not in page
    assert page["is_partial"]


def test_the_tax_bureau_sees_tax_alone(run: Run) -> None:
    page = shown_to(seat("tax_bureau", OrganisationKind.DEPARTMENT, Role.DEPARTMENT_OFFICER))
    found = values(page)
    assert "4,321.09" in found["tax_paid"]
    assert "仅" in found["turnover"]
    assert "仅" in found["insured_headcount"]
    (event,) = reads()
    assert set(event.detail["fields"]) <= {"tax_paid", "tax_registered", "abnormal_taxpayer", "general_vat_taxpayer"}
    assert page["is_recorded"]


def test_a_reviewer_sees_all_and_is_told_of_the_record(run: Run, people: district.People, log_in: LogIn) -> None:
    text = log_in(people.reviewer).get(OFFICER).content.decode()
    assert "654,321" in text
    assert "本次查看已记录" in text
    assert "怎样可以到更高一型" in text
    (event,) = reads()
    assert event.actor_id == people.reviewer.pk
    assert "turnover" in event.detail["fields"]


def test_the_proprietor_sees_who_when_what_and_why(run: Run, people: district.People, log_in: LogIn) -> None:
    mine = log_in(people.proprietor)
    assert "还没有单位看过" in mine.get(LOG).content.decode()
    log_in(people.reviewer).get(OFFICER)
    text = mine.get(LOG).content.decode()
    for shown in ("共1次", "（审核人员）", "上一年度年报填报的销售额或营业收入", "日常工作查阅"):
        assert shown in text, shown
    rows = sheet(mine.get(TABLE))
    assert rows[0] == ["时间", "单位和岗位", "数据", "原因"]
    assert len(rows) == 2
    for content in (text, flat(rows)):
        assert people.reviewer.username not in content
        assert str(people.reviewer) not in content
        assert not [amount for amount in AMOUNTS if amount in content]


def test_ones_own_look_is_no_entry(run: Run, people: district.People, log_in: LogIn) -> None:
    mine = log_in(people.proprietor)
    assert "654,321" in mine.get(f"/my/{district.GROWTH}/").content.decode()
    assert not reads()


@pytest.mark.parametrize("path", [LOG, TABLE])
def test_nobody_else_reads_the_log(run: Run, people: district.People, log_in: LogIn, path: str) -> None:
    assert Client().get(path).headers["Location"].startswith("/login/?next=/my/")
    others: tuple[User, ...] = (people.outsider, people.clerk, people.reviewer, people.approver, people.auditor)
    for who in others:
        assert log_in(who).get(path).status_code == 404
    assert log_in(people.proprietor).get(path.replace(district.GROWTH, district.DEVELOPMENT)).status_code == 404
