"""Refused rows go back as a table, come again mended, and go into the table that is there."""

import datetime
import io
import threading
from collections.abc import Mapping, Sequence

import pyarrow.parquet as pq
import pytest
import python_calamine as calamine
from django.db import connection

from jieti.accounts.disclosure import reader_of
from jieti.accounts.models import User
from jieti.registry.actions import link_proprietor, receive_delivery
from jieti.registry.models import Business, Delivery, Proprietorship
from jieti.registry.returns import refused_rows_xlsx
from tests.factories.accounts import make_user
from tests.factories.deliveries import checked
from tests.factories.tables import REGISTER_HEADER, code, csv, register, registered, xlsx
from tests.registry.conftest import Deliver

INSURANCE = ("统一社会信用代码", "费款所属期", "参保形式", "参保人数")
pytestmark = pytest.mark.django_db


def sheets_of(workbook: bytes) -> Mapping[str, Sequence[Sequence[object]]]:
    book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def codes(delivery: Delivery) -> list[str]:
    return sorted(map(str, pq.read_table(delivery.clean_file).column("uscc").to_pylist()))


def mended(workbook: bytes, change: dict[str, str]) -> io.BytesIO:
    rows = next(iter(sheets_of(workbook).values()))
    return xlsx([[change.get(str(cell), str(cell)) for cell in row] for row in rows])


def test_refused_rows_come_back_in_their_columns_with_all_their_reasons(deliver: Deliver) -> None:
    delivery = deliver(
        xlsx({"甲": register(registered(1), registered(2, 名称="", 成立日期="2023-02-30")), "乙": [REGISTER_HEADER]})
    )
    sheets = sheets_of(refused_rows_xlsx(delivery, reader=reader_of(delivery.received_by, delivery.jurisdiction)))
    assert sheets["甲"][0] == [*REGISTER_HEADER, "退回原因"]
    (row,) = sheets["甲"][1:]
    assert row[:4] == [code(2), "", "登记在册", "2023-02-30"]
    assert "原第3行：名称：必须填写" in str(row[-1])
    assert "成立日期：没有2023年2月30日" in str(row[-1])
    assert sheets["乙"] == [[*REGISTER_HEADER, "退回原因"]]


def test_a_returned_cell_never_becomes_a_formula(deliver: Deliver) -> None:
    delivery = deliver(xlsx(register(registered(1), registered(2, 名称="=1+1", 成立日期="x"))))
    assert (
        sheets_of(refused_rows_xlsx(delivery, reader=reader_of(delivery.received_by, delivery.jurisdiction)))["表1"][1][
            1
        ]
        == "=1+1"
    )


def test_mended_rows_join_the_register(deliver: Deliver) -> None:
    first = deliver(xlsx(register(registered(1), registered(2, 成立日期="2023-02-30"), registered(3))))
    again = deliver(
        mended(
            refused_rows_xlsx(first, reader=reader_of(first.received_by, first.jurisdiction)),
            {"2023-02-30": "2023-02-28"},
        ),
        "补.xlsx",
        mode="supplement",
    )
    assert (again.status, again.taken, again.clean_rows, again.base) == ("accepted", 1, 3, first)
    assert codes(again) == [code(1), code(2), code(3)]
    assert Business.objects.current().count() == 3
    assert Delivery.objects.accepted().latest_for("registration") == again


def test_a_supplement_of_a_table_that_waits_is_told_for_what(intake_clerk: User) -> None:
    day = datetime.date(2026, 7, 1)
    waiting = checked(by=intake_clerk, source="registration", file=xlsx(register(registered(1))), file_name="名册.xlsx")
    file = xlsx(register(registered(2)))
    early = checked(
        by=intake_clerk, source="registration", file=file, file_name="补.xlsx", as_of=day, mode="supplement"
    )
    assert early.status == "refused"
    assert f"第{waiting.pk}批全量送数待复核" in early.message
    assert "改选" not in early.message


def test_a_supplement_replaces_the_register_row_of_its_code(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1), registered(2))))
    again = deliver(xlsx(register(registered(1, 名称="新名字"))), "补.xlsx", mode="supplement")
    assert codes(again) == [code(1), code(2)]
    assert Business.objects.get(pk=code(1)).name == "新名字"
    assert Business.objects.get(pk=code(1)).name_initials == "xmz"


def test_a_supplement_adds_rows_elsewhere_and_counts_none_twice(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    july = [code(1), "2025-07", "单位", 2]
    rows = [INSURANCE, july, [code(1), "2025-08", "单位", "二"]]
    first = deliver(xlsx(rows), "社保.xlsx", source="social_insurance")
    again = deliver(
        xlsx([INSURANCE, july, [code(1), "2025-08", "单位", 2]]),
        "补.xlsx",
        source="social_insurance",
        mode="supplement",
    )
    assert (first.clean_rows, again.rows, again.taken, again.skipped, again.clean_rows) == (1, 2, 1, 1, 2)
    assert again.skipped_reasons == {"已收过的行": 1}


def test_a_supplement_needs_something_to_supplement(deliver: Deliver) -> None:
    delivery = deliver(xlsx(register(registered(1))), mode="supplement")
    assert delivery.status == "refused"
    assert "还没有生效的全量送数" in delivery.message


def test_a_full_delivery_replaces_the_register_and_keeps_who_is_gone(deliver: Deliver) -> None:
    first = deliver(xlsx(register(registered(1), registered(2))))
    second = deliver(xlsx(register(registered(2), registered(3))))
    gone = Business.objects.get(pk=code(1))
    assert gone.absent_since == second
    assert gone.delivery == first
    assert Business.objects.get(pk=code(2)).delivery == first, "unchanged rows are not written"
    assert [one.pk for one in Business.objects.current()] == [code(2), code(3)]
    deliver(xlsx(register(registered(1), registered(2), registered(3))))
    assert Business.objects.get(pk=code(1)).absent_since is None


def test_linking_a_proprietor_twice_changes_nothing(deliver: Deliver, intake_clerk: User) -> None:
    deliver(xlsx(register(registered(1), registered(2))))
    owner = make_user("owner")
    business = Business.objects.get(pk=code(1))
    link_proprietor(by=intake_clerk, user=owner, business=business)
    link_proprietor(by=intake_clerk, user=owner, business=business)
    assert Proprietorship.objects.count() == 1
    assert list(Business.objects.owned_by(owner)) == [business]


@pytest.mark.django_db(transaction=True)
def test_the_same_file_handed_in_twice_at_once_is_one_delivery(intake_clerk: User) -> None:
    content = csv(register(registered(1), registered(2))).getvalue()
    start, received = threading.Barrier(2), []

    def hand_in() -> None:
        try:
            start.wait(timeout=30)
            received.append(
                receive_delivery(
                    by=intake_clerk,
                    source_key="registration",
                    file=io.BytesIO(content),
                    file_name="名册.csv",
                    as_of=datetime.date(2026, 7, 1),
                )
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=hand_in) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(one.already_received for one in received) == [False, True]
    assert len({one.pk for one in received}) == 1
    assert Delivery.objects.count() == 1
