"""A small district: a register and feeds delivered, a norm approved."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from jieti.accounts.models import Organisation, Role, User
from jieti.registry.models import Delivery
from jieti.rulebooks.actions import approve_norm, propose_norm
from jieti.rulebooks.models import AnnualNorm
from tests.factories.accounts import make_district, make_officer
from tests.factories.deliveries import delivered as deliver_table
from tests.factories.tables import Rows, code, register, registered, xlsx
from tests.kept_worlds import kept_world

Feed = Callable[[str, Rows], Delivery]
NORM = {
    "growth_turnover": "300000",
    "growth_tax_paid": "10000",
    "development_turnover": "3000000",
    "development_tax_paid": "100000",
}


@dataclass(frozen=True)
class Office:
    """The district regulator and who works there."""

    district: Organisation
    intake_clerk: User
    reviewer: User
    approver: User


@kept_world
def make_office(*, has_tables: bool) -> Office:
    """The office, with every source's table or with none."""
    district = make_district()
    roles = {"intake_clerk": Role.INTAKE_CLERK, "reviewer": Role.REVIEWER, "approver": Role.APPROVER}
    found = Office(district, **{name: make_officer(district, role) for name, role in roles.items()})
    if has_tables:
        for source, rows in tables().items():
            hand_in(found.intake_clerk, source, rows)
    return found


def tables() -> dict[str, Rows]:
    """Five businesses and every source: 1 survival, 2 growth, 3 development, 4 ineligible, 5 founded this year."""
    reports = [[code(n), 2025, "2026-03-01", 50_000 * n] for n in (1, 2, 3)]
    taxes = [[code(n), 2025, "是", "小规模纳税人", "否", paid, 0] for n, paid in ((1, 0), (2, 10_000), (3, 5))]
    header = ["统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款"]
    insured: Rows = [["统一社会信用代码", "费款所属期", "参保形式", "参保人数"], [code(3), "2025-07", "单位", 4]]
    return {
        "registration": register(*map(registered, range(1, 5)), registered(5, 成立日期="2026-02-03")),
        "annual_reports": [["统一社会信用代码", "年报年度", "报送日期", "营业收入"], *reports],
        "tax": [header, *taxes],
        "social_insurance": insured,
        "credit": [["统一社会信用代码", "类别", "作出决定日期"], [code(9), "经营异常状态", "2026-01-05"]],
        "intellectual_property": [["统一社会信用代码", "权利种类"]],
        "courts": [["统一社会信用代码", "发布日期"]],
        "suspension": [["统一社会信用代码", "备案日期", "歇业截止日期"]],
    }


def hand_in(by: User, source: str, rows: Rows) -> Delivery:
    """A source's table, read and confirmed."""
    day = datetime.date(2026, 7, 1)
    delivery = deliver_table(by=by, source=source, file=xlsx(rows), file_name=f"{source}.xlsx", as_of=day)
    assert delivery.status == Delivery.Status.ACCEPTED, delivery.message
    return delivery


@pytest.fixture
def office(request: pytest.FixtureRequest, db: None) -> Office:
    return make_office(has_tables="delivered" in request.fixturenames)


@pytest.fixture
def district(office: Office) -> Organisation:
    return office.district


@pytest.fixture
def intake_clerk(office: Office) -> User:
    return office.intake_clerk


@pytest.fixture
def reviewer(office: Office) -> User:
    return office.reviewer


@pytest.fixture
def approver(office: Office) -> User:
    return office.approver


@pytest.fixture
def feed(intake_clerk: User) -> Feed:
    """Delivers a source's table."""
    return partial(hand_in, intake_clerk)


@pytest.fixture
def norm(reviewer: User, approver: User) -> AnnualNorm:
    """The approved sample norm of 2026."""
    return approve_norm(by=approver, norm=propose_norm(by=reviewer, year=2026, values=NORM, is_sample=True))


@pytest.fixture
def delivered(office: Office) -> None:
    """The tables of `tables` count."""
