"""What the rows of a file held is shown to whom the declaration names, and their reading is recorded."""

import io
from datetime import date

import pytest
import python_calamine as calamine

from jieti.accounts.disclosure import reader_of
from jieti.accounts.models import Organisation, Role, User
from jieti.audit.models import Event
from jieti.registry.models import Delivery
from jieti.registry.refusals import WITHHELD, shown_findings
from jieti.registry.returns import refused_rows_xlsx
from tests.factories.accounts import make_officer
from tests.factories.deliveries import delivered, make_feeds, organisation
from tests.factories.tables import Rows, code, xlsx

SECRET = "一万多元"
HEADER = ("统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款")


@pytest.fixture
def delivery(intake_clerk: User) -> Delivery:
    make_feeds()
    rows: Rows = [
        HEADER,
        *([code(n), 2025, "是", "小规模纳税人", "否", amount, 0] for n, amount in ((1, SECRET), (2, 5))),
    ]
    return delivered(by=intake_clerk, source="tax", file=xlsx(rows), file_name="税务.xlsx", as_of=date(2026, 7, 1))


def seen(delivery: Delivery, user: User) -> str:
    """All that the page and the interface have of the findings."""
    found = delivery.findings.in_file_order()
    shown = shown_findings(found, delivery=delivery, reader=reader_of(user, delivery.jurisdiction))
    assert [(one.row_number, one.column, one.severity) for one in shown] == [(2, "实际入库税款", "refused")]
    return "".join(one.value + one.reason for one in shown)


def returned(delivery: Delivery, user: User) -> list[list[object]]:
    book = refused_rows_xlsx(delivery, reader=reader_of(user, delivery.jurisdiction))
    sheet = calamine.CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0)
    return [list(row) for row in sheet.to_python()]


def readings(delivery: Delivery) -> list[tuple[int | None, list[str]]]:
    events = Event.objects.reads_of(f"delivery:{delivery.pk}").order_by("pk")
    return [(one.actor_id, one.detail["fields"]) for one in events]


def test_those_on_duty_see_the_values_and_that_is_recorded(delivery: Delivery, intake_clerk: User) -> None:
    tax = make_officer(organisation("tax_bureau"), Role.DEPARTMENT_OFFICER, username="tax")
    for user in (intake_clerk, tax, tax):
        assert SECRET in seen(delivery, user)
        assert SECRET in returned(delivery, user)[1]
    value, raw, reason = (f"registry.RefusedRow.{field}" for field in ("value", "raw", "reason"))
    once = [[reason, value], [raw, reason]]
    assert readings(delivery) == [(user.pk, fields) for user in (intake_clerk, tax) for fields in once]


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.APPROVER, Role.ADMINISTRATOR])
def test_others_learn_where_and_not_what(delivery: Delivery, role: Role, district: Organisation) -> None:
    other = make_officer(organisation(), role, username="other")
    assert SECRET not in seen(delivery, other)
    assert WITHHELD in seen(delivery, other)
    header, row = returned(delivery, other)
    assert header == [*HEADER, "退回原因"]
    assert row == [*[WITHHELD] * len(HEADER), f"原第2行：实际入库税款：{WITHHELD}"]
    assert readings(delivery) == []
    assert delivery.findings.get().value == SECRET, "what is kept is as it came"
