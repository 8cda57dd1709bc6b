"""Row by row: what is taken, refused, warned of, left out; nothing is dropped without a word."""

import datetime
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jieti.registry.models import Business, Delivery, RefusedRow
from tests.factories.tables import REGISTER_HEADER, code, csv, parquet, register, registered, xlsx
from tests.registry.conftest import Deliver

pytestmark = pytest.mark.django_db
CREDIT = ("统一社会信用代码", "类别", "处罚种类", "作出决定日期", "是否公示")
INSURANCE = ("统一社会信用代码", "费款所属期", "参保形式", "参保人数")


def clean(delivery: Delivery) -> list[dict[str, object]]:
    return pq.read_table(delivery.clean_file).to_pylist()


def findings(delivery: Delivery) -> list[tuple[int, str, str, str]]:
    return [(row.row_number, row.column, row.value, row.severity) for row in delivery.findings.in_file_order()]


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("统一社会信用代码", "110116600123456", "应为18位，实为15位"),
        ("统一社会信用代码", "92110116MA0123456I", "不允许的字符"),
        ("统一社会信用代码", "", "必须填写"),
        ("统一社会信用代码", 92110116012345678, "存成了数字"),
        ("名称", " ", "必须填写"),
        ("名称", "长" * 501, "超过500字"),
        ("成立日期", "2023-02-29", "没有2023年2月29日"),
        ("成立日期", "1899-12-31", "不在1900至2100之间"),
        ("成立日期", "去年春天", "不是日期"),
    ],
)
def test_a_row_that_cannot_be_taken_is_named_in_every_detail(
    deliver: Deliver, header: str, value: object, reason: str
) -> None:
    delivery = deliver(xlsx(register(registered(1), registered(2, **{header: value}))))
    row = RefusedRow.objects.get()
    assert (delivery.taken, delivery.refused) == (1, 1)
    assert (row.sheet, row.row_number, row.column, row.severity) == ("表1", 3, header, "refused")
    assert reason in row.reason
    assert "请" in row.reason
    assert row.raw[REGISTER_HEADER.index(header)] == row.value
    assert Business.objects.count() == 1


def test_every_fault_of_a_row_is_told_at_once(deliver: Deliver) -> None:
    delivery = deliver(xlsx(register(registered(1), registered(2, 名称="", 成立日期="2023-13-01", 登记状态="开张"))))
    assert (delivery.refused, delivery.warned) == (1, 1)
    assert {(row.column, row.severity) for row in RefusedRow.objects.all()} == {
        ("名称", "refused"),
        ("成立日期", "refused"),
        ("登记状态", "warned"),
    }


def test_a_wrong_check_digit_is_taken_with_a_warning(deliver: Deliver) -> None:
    wrong = code(1)[:-1] + ("1" if code(1)[-1] != "1" else "2")
    delivery = deliver(xlsx(register(registered(1, 统一社会信用代码=wrong.lower()))))
    assert Business.objects.get().pk == wrong
    assert (delivery.taken, delivery.warned) == (1, 1)
    assert "校验位不符" in RefusedRow.objects.get().reason


def test_an_unlisted_code_is_unknown_with_a_warning_never_a_no(deliver: Deliver) -> None:
    delivery = deliver(xlsx(register(registered(1, 登记状态="停业整顿", 季节性经营="看情况"))))
    assert clean(delivery)[0]["registration_status"] is None
    assert clean(delivery)[0]["is_seasonal"] is None
    assert [row.severity for row in RefusedRow.objects.all()] == ["warned", "warned"]
    assert "登记在册" in RefusedRow.objects.get(column="登记状态").reason


def test_an_unlisted_code_in_a_required_column_keeps_the_row(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    delivery = deliver(
        xlsx([CREDIT, [code(1), "约谈", "警告", "2025-01-01", "是"], [code(1), "", "警告", "2025-01-01", "是"]]),
        "信用.xlsx",
        source="credit",
    )
    assert (delivery.taken, delivery.refused) == (1, 1)
    assert clean(delivery)[0]["kind"] is None


def test_blanks_are_unknown(deliver: Deliver) -> None:
    delivery = deliver(xlsx(register(registered(1, 登记状态=None, 成立日期="—", 季节性经营="不详", 所属镇街="NULL"))))
    assert {clean(delivery)[0][key] for key in ("registration_status", "established_on", "is_seasonal", "town")} == {
        None
    }
    assert delivery.warned == 0


def test_totals_blanks_and_repeated_headers_are_left_out_and_counted(deliver: Deliver) -> None:
    rows = register(
        registered(1), [None] * 9, ["  "] * 9, REGISTER_HEADER, registered(2), ["合  计", "2户", *[None] * 7],
        [None, "总计", *[None] * 7],
    )  # fmt: skip
    delivery = deliver(xlsx(rows))
    assert (delivery.rows, delivery.taken, delivery.refused, delivery.skipped) == (7, 2, 0, 5)
    assert delivery.skipped_reasons == {"空行": 2, "重复的表头": 1, "合计行": 2}
    assert [row[0] for row in findings(delivery)] == [5, 7, 8]


def test_a_business_called_total_is_not_a_total(deliver: Deliver) -> None:
    assert deliver(xlsx(register(registered(1, 名称="合计")))).taken == 1


def test_identical_rows_are_taken_once_with_a_warning(deliver: Deliver) -> None:
    same = registered(1, 成立日期="2020/3/1", 统一社会信用代码=f" {code(1).lower()} ")
    delivery = deliver(xlsx(register(registered(1), same, registered(2))))
    assert (delivery.rows, delivery.taken, delivery.skipped, delivery.warned) == (3, 2, 1, 1)
    row = RefusedRow.objects.get()
    assert row.row_number == 3
    assert "与工作表“表1”第2行完全相同" in row.reason


def test_rows_of_one_code_that_disagree_are_all_refused(deliver: Deliver) -> None:
    rows = register(registered(1), registered(2), registered(1, 名称="别的店"), registered(1))
    delivery = deliver(xlsx(rows))
    assert (delivery.taken, delivery.refused, delivery.skipped) == (1, 3, 0)
    assert [row.pk for row in Business.objects.all()] == [code(2)]
    assert [row.row_number for row in RefusedRow.objects.refused()] == [2, 4, 5]
    first = RefusedRow.objects.refused().first()
    assert first is not None
    assert "名称不一致" in first.reason
    assert first.raw[:2] == [code(1), "怀柔老王饭馆1号"]


def test_repetitions_are_found_far_apart(deliver: Deliver) -> None:
    many = [registered(number) for number in range(25_000)]
    delivery = deliver(csv(register(*many, registered(3), registered(4, 名称="别的店"))), "名册.csv")
    assert (delivery.taken, delivery.skipped, delivery.refused) == (24_999, 1, 2)
    assert Business.objects.count() == 24_999


def test_two_months_of_one_business_are_two_rows(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    rows = [
        INSURANCE,
        [code(1), "2025-07", "单位", 2],
        [code(1), "202508", "单位", "2"],
        [code(1), "2025年7月", "单位", 2],
    ]
    delivery = deliver(xlsx(rows), "社保.xlsx", source="social_insurance")
    assert (delivery.taken, delivery.skipped) == (2, 1)
    assert [row["month"] for row in clean(delivery)] == [datetime.date(2025, 7, 1), datetime.date(2025, 8, 1)]


def test_rows_that_differ_only_in_a_column_of_the_supplier_are_two(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    header = ("序号", "统一社会信用代码", "所属年度", "实际入库税款", "税种")
    rows = [header, [1, code(1), 2025, 100, "增值税"], [2, code(1), 2025, 100, "个税"], [3, code(1), 2025, 100, "个税"]]
    delivery = deliver(xlsx(rows), "税务.xlsx", source="tax")
    assert (delivery.taken, delivery.skipped) == (2, 1)


def test_codes_that_are_not_in_the_register_are_reported(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    rows = [INSURANCE, [code(1), "2025-07", "单位", 2], [code(9), "2025-07", "单位", 2]]
    delivery = deliver(xlsx(rows), "社保.xlsx", source="social_insurance")
    assert (delivery.taken, delivery.orphans, delivery.warned) == (2, 1, 1)
    assert findings(delivery) == [(3, "统一社会信用代码", code(9), "warned")]


def test_without_a_register_the_delivery_says_that_nobody_looked(deliver: Deliver) -> None:
    delivery = deliver(xlsx([INSURANCE, [code(1), "2025-07", "单位", 2]]), "社保.xlsx", source="social_insurance")
    assert (delivery.status, delivery.orphans) == ("accepted", 0)
    assert "没有核对代码是否在册" in delivery.message


def test_a_table_without_rows_is_a_delivery_of_nothing(deliver: Deliver) -> None:
    delivery = deliver(xlsx([INSURANCE]), "社保.xlsx", source="social_insurance")
    assert (delivery.status, delivery.rows, delivery.clean_rows) == ("accepted", 0, 0)


def test_a_text_row_with_other_cells_than_its_header_is_refused(deliver: Deliver) -> None:
    lines = csv(register(registered(1))).getvalue().decode()
    extra = ",".join(map(str, registered(2, 名称="老王,小王饭馆")))
    short = ",".join(map(str, registered(3)[:4]))
    trailing = ",".join(map(str, registered(4))) + ",,"
    delivery = deliver(io.BytesIO(f"{lines}{extra}\r\n\r\n{short}\r\n{trailing}\r\n".encode()), "名册.csv")
    assert (delivery.taken, delivery.refused, delivery.skipped) == (2, 2, 1)
    assert [row[0] for row in findings(delivery)] == [3, 5]


def test_quoted_line_breaks_count_as_a_spreadsheet_counts(deliver: Deliver) -> None:
    lines = csv(register(registered(1, 名称='"老王\n饭馆"'), registered(2, 名称=""))).getvalue()
    delivery = deliver(io.BytesIO(lines), "名册.csv")
    assert findings(delivery) == [(3, "名称", "", "refused")]


def test_what_the_database_cannot_hold_is_replaced_in_the_report(deliver: Deliver) -> None:
    file = parquet({"uscc": pa.array([code(1), "bad\x00code"]), "name": pa.array(["甲", "乙\x00"])})
    delivery = deliver(file, "名册.parquet")
    assert findings(delivery) == [(2, "uscc", "bad\ufffdcode", "refused")]


def test_money_is_exact_or_refused(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    header = ("统一社会信用代码", "所属年度", "实际入库税款")
    good = ["１，２３４．５６", "1,234.56", 1234.56, "0.123456万元", "1234.56元", 0.1]
    bad = ["12.345", 0.125, "-1", -1, "约一千", "1,23", 1e17, "1.2E+05"]
    rows = [header, *([code(1), year, value] for year, value in enumerate([*good, *bad], start=2000))]
    delivery = deliver(xlsx(rows), "税务.xlsx", source="tax")
    assert [str(row["paid"]) for row in clean(delivery)] == ["1234.56"] * 5 + ["0.10"]
    assert delivery.refused == len(bad)
