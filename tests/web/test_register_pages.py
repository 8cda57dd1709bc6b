"""The register for officers, a business's course, and the requests to mend what was supplied."""

from collections.abc import Callable

import pytest
from django.test import Client

from jieti.accounts.models import Organisation, OrganisationKind, Role, User
from jieti.kit import clock
from jieti.registry.corrections import raise_correction
from jieti.registry.models import Business, CorrectionRequest, Proprietorship
from tests.factories.accounts import make_district, make_jurisdiction, make_officer, make_organisation, make_user
from tests.factories.tables import code
from tests.registry.register import accept, row
from tests.registry.test_timeline import course
from tests.web.conftest import LogIn, downloaded
from tests.web.test_public import flat, sheet

__all__ = ["course"]
PATHS = (
    "/officer/businesses/register/",
    "/officer/businesses/register.xlsx",
    f"/officer/businesses/{code(1)}/timeline/",
    f"/officer/businesses/{code(1)}/timeline.xlsx",
    "/officer/corrections/",
    "/officer/corrections.xlsx",
)


@pytest.fixture
def town_officer(district: Organisation) -> User:
    return make_officer(make_organisation("area_003", "怀柔镇", OrganisationKind.TOWN), Role.TOWN_OFFICER)


@pytest.fixture
def tax_officer(course: None) -> User:
    bureau = Organisation.objects.get(key="tax_bureau")
    return make_officer(bureau, Role.DEPARTMENT_OFFICER)


@pytest.fixture
def ask(course: None) -> Callable[[str, str], CorrectionRequest]:
    owner = make_user("owner", display_name="王建国")
    business = Business.objects.get(pk=code(1))
    Proprietorship.objects.create(user=owner, business=business)

    def doubt(source_key: str, item: str) -> CorrectionRequest:
        return raise_correction(
            by=owner, business=business, source_key=source_key, item=item, shown_value="旧值", claim="应为新值"
        )

    return doubt


def opened(client: Client, path: str) -> int:
    response = client.get(path)
    if response.streaming:
        assert downloaded(response).startswith(b"PK")
    return response.status_code


@pytest.mark.parametrize("path", PATHS)
def test_outsiders(course: None, outsider: User, log_in: LogIn, path: str) -> None:
    assert log_in(None).get(path).headers["Location"].startswith("/login/?next=/officer/")
    assert log_in(outsider).get(path).status_code == 403


def test_whose_duty_it_is(course: None, reviewer: User, town_officer: User, tax_officer: User, log_in: LogIn) -> None:
    expected = {reviewer: [200] * 6, town_officer: [200] * 4 + [403] * 2, tax_officer: [403] * 4 + [200] * 2}
    for who, statuses in expected.items():
        assert [opened(log_in(who), path) for path in PATHS] == statuses


def test_narrowing_the_register(course: None, intake_clerk: User, reviewer: User, log_in: LogIn) -> None:
    rows = [
        row(code(1), name="老王大饭店"),
        row(
            code(3),
            name="老李民宿",
            proprietor="李四",
            town="渤海镇",
            industry="6130",
            registration_status="deregistered",
        ),
    ]
    accept(rows, by=intake_clerk, as_of=clock.today())
    client = log_in(reviewer)
    one, two, three = code(1), code(2), code(3)
    for query, expected in {
        "": {one, three},
        "q=老李": {three},
        f"q={one}": {one},
        "person=李四": {three},
        "person=李": set(),
        "town=渤海镇": {three},
        "industry=62": {one},
        "status=deregistered": {three},
        "status=absent": {two},
        "town=不是镇": {one, three},
    }.items():
        text = client.get(f"/officer/businesses/register/?{query}").content.decode()
        assert {found for found in (one, two, three) if f"{found}/timeline" in text} == expected, query
    assert {one, three} == {cells[0] for cells in sheet(client.get("/officer/businesses/register.xlsx"))[1:]}


def test_a_town_officer_is_not_helped_to_find_people(course: None, town_officer: User, log_in: LogIn) -> None:
    text = log_in(town_officer).get("/officer/businesses/register/?person=王建国").content.decode()
    assert "经营者姓名" not in text
    assert code(1) in text
    assert "王建国" not in text.split("<main")[1]


def test_another_district_is_not_found(course: None, log_in: LogIn) -> None:
    other = make_jurisdiction("999999", "示范区", "cn-999999-demo-variant")
    foreign = make_officer(make_district(other), Role.REVIEWER, username="foreign")
    client = log_in(foreign)
    assert code(1) not in client.get("/officer/businesses/register/").content.decode()
    assert client.get(f"/officer/businesses/{code(1)}/timeline/").status_code == 404


def test_the_course_and_what_was_known_on_a_day(course: None, reviewer: User, log_in: LogIn) -> None:
    client, path = log_in(reviewer), f"/officer/businesses/{code(1)}/timeline/"
    text = client.get(path).content.decode()
    for part in ("登记事项变更", "老王饭馆", "老王大饭店", "4,321.09元", "后来的送数中没有", "数据截至"):
        assert part in text
    assert "不知道这一户的任何情况" in client.get(f"{path}?known_on=2020-01-01").content.decode()
    assert "登记事项变更" in client.get(f"{path}?known_on={clock.today()}").content.decode()
    assert "请填写有效的日期" in client.get(f"{path}?known_on=31").content.decode()
    table = sheet(client.get(f"/officer/businesses/{code(1)}/timeline.xlsx"))
    assert "老王大饭店" in flat(table)


def test_an_organisation_sees_and_answers_its_own(
    ask: Callable[[str, str], CorrectionRequest], reviewer: User, tax_officer: User, log_in: LogIn
) -> None:
    of_tax, of_register = ask("tax", "paid-1"), ask("registration", "address")
    client = log_in(tax_officer)
    text = client.get("/officer/corrections/").content.decode()
    assert "税务信息：实际入库税款" in text
    assert "登记注册信息" not in text.split("<main")[1]
    assert client.get(f"/officer/corrections/{of_register.pk}/").status_code == 404
    path = f"/officer/corrections/{of_tax.pk}/"
    assert log_in(reviewer).get(path).status_code == 404
    assert client.post(path, {"decision": "upheld", "answer": ""}).status_code == 422
    assert client.post(path, {"decision": "corrected", "answer": "已更正"}).status_code == 422
    assert client.post(path, {"decision": "upheld", "answer": "完税证明一致"}).status_code == 302
    assert client.post(path, {"decision": "upheld", "answer": "再答"}).status_code == 409
    of_tax.refresh_from_db()
    assert (of_tax.status, of_tax.answer) == ("upheld", "完税证明一致")
    assert "应为新值" in flat(sheet(client.get("/officer/corrections.xlsx")))


def test_a_correction_names_the_delivery_that_made_it(
    ask: Callable[[str, str], CorrectionRequest], intake_clerk: User, reviewer: User, log_in: LogIn
) -> None:
    asked = ask("registration", "address")
    later = accept([row(code(1), address="新街3号"), row(code(2))], by=intake_clerk, as_of=clock.today())
    path = f"/officer/corrections/{asked.pk}/"
    client = log_in(reviewer)
    sent = {"decision": "corrected", "delivery": str(later.pk), "answer": "已更正为新街3号"}
    assert client.post(path, sent).status_code == 302
    asked.refresh_from_db()
    assert asked.delivery == later


def test_an_auditor_may_not_answer(ask: Callable[[str, str], CorrectionRequest], auditor: User, log_in: LogIn) -> None:
    asked = ask("registration", "address")
    assert (
        log_in(auditor).post(f"/officer/corrections/{asked.pk}/", {"decision": "upheld", "answer": "x"}).status_code
        == 403
    )
