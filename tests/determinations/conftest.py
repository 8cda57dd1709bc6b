"""A small district: a register and feeds delivered, a norm approved."""

import datetime
from collections.abc import Callable

import pytest

from jieti.accounts.models import User
from jieti.registry.models import Delivery
from jieti.rulebooks.actions import approve_norm, propose_norm
from jieti.rulebooks.models import AnnualNorm
from tests.factories.deliveries import delivered as deliver_table
from tests.factories.tables import Rows, code, register, registered, xlsx

Feed = Callable[[str, Rows], Delivery]
NORM = {
    "growth_turnover": "300000",
    "growth_tax_paid": "10000",
    "development_turnover": "3000000",
    "development_tax_paid": "100000",
}


@pytest.fixture
def feed(intake_clerk: User) -> Feed:
    """Delivers a source's table."""

    def deliver(source: str, rows: Rows) -> Delivery:
        delivery = deliver_table(
            by=intake_clerk,
            source=source,
            file=xlsx(rows),
            file_name=f"{source}.xlsx",
            as_of=datetime.date(2026, 7, 1),
        )
        assert delivery.status == Delivery.Status.ACCEPTED, delivery.message
        return delivery

    return deliver


@pytest.fixture
def norm(reviewer: User, approver: User) -> AnnualNorm:
    """The approved sample norm of 2026."""
    return approve_norm(by=approver, norm=propose_norm(by=reviewer, year=2026, values=NORM, is_sample=True))


@pytest.fixture
def delivered(feed: Feed) -> None:
    """Five businesses and every source: 1 survival, 2 growth, 3 development, 4 ineligible, 5 founded this year."""
    feed("registration", register(*map(registered, range(1, 5)), registered(5, 成立日期="2026-02-03")))
    reports = [[code(n), 2025, "2026-03-01", 50_000 * n] for n in (1, 2, 3)]
    feed("annual_reports", [["统一社会信用代码", "年报年度", "报送日期", "营业收入"], *reports])
    taxes = [[code(n), 2025, "是", "小规模纳税人", "否", paid, 0] for n, paid in ((1, 0), (2, 10_000), (3, 5))]
    header = ["统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款"]
    feed("tax", [header, *taxes])
    feed(
        "social_insurance",
        [["统一社会信用代码", "费款所属期", "参保形式", "参保人数"], [code(3), "2025-07", "单位", 4]],
    )
    feed("credit", [["统一社会信用代码", "类别", "作出决定日期"], [code(9), "经营异常状态", "2026-01-05"]])
    feed("intellectual_property", [["统一社会信用代码", "权利种类"]])
    feed("courts", [["统一社会信用代码", "发布日期"]])
    feed("suspension", [["统一社会信用代码", "备案日期", "歇业截止日期"]])
