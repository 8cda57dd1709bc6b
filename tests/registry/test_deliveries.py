"""Whole files: every kind that is taken, and every file that is not."""

import datetime
import io
import zipfile
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.kit.errors import Refusal
from jieti.registry import actions, cleaning
from jieti.registry.models import Business, Delivery, RefusedRow
from jieti.registry.reading import read_delivery
from jieti.registry.storing import opened
from tests.factories.deliveries import confirmed
from tests.factories.tables import REGISTER_HEADER, Rows, code, csv, parquet, register, registered, xls, xlsx
from tests.registry.conftest import Deliver

pytestmark = pytest.mark.django_db
TAX_HEADER = ("纳税人识别号", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款（万元）", "退库税款")


def rows_of(delivery: Delivery) -> list[dict[str, object]]:
    """The clean table."""
    return pq.read_table(delivery.clean_file).to_pylist()


def kept(delivery: Delivery) -> bytes:
    """The file as it was received; on the disk it is encrypted."""
    with opened(delivery.stored_file) as file:
        return file.read()


@pytest.mark.parametrize(
    ("file", "name"),
    [
        (xlsx(register(registered(1), registered(2))), "名册.xlsx"),
        (xls(register(registered(1), registered(2))), "名册.XLS"),
        (csv(register(registered(1), registered(2))), "名册.csv"),
        (csv(register(registered(1), registered(2)), encoding="utf-8-sig"), "名册.csv"),
        (csv(register(registered(1), registered(2)), encoding="gbk"), "名册.csv"),
        (csv(register(registered(1), registered(2)), encoding="utf-16", delimiter="\t"), "名册.txt"),
        (csv(register(registered(1), registered(2)), delimiter=";"), "名册.csv"),
        (csv(register(registered(1), registered(2)), delimiter="|"), "名册"),
    ],
)
def test_each_kind_gives_the_same_table(deliver: Deliver, file: io.BytesIO, name: str) -> None:
    delivery = deliver(io.BytesIO(file.getvalue()), name)
    assert (delivery.status, delivery.rows, delivery.taken) == ("accepted", 2, 2), delivery.message
    assert rows_of(delivery)[0] == {
        "uscc": code(1),
        "name": "怀柔老王饭馆1号",
        "registration_status": "active",
        "established_on": datetime.date(2020, 3, 1),
        "proprietor": "王某",
        "address": "某路1号",
        "town": "怀柔镇",
        "industry": "6210",
        "is_seasonal": False,
        "successor_uscc": None,
        "proprietor_id": None,
        "phone": None,
        "proprietor_id_cipher": None,
        "phone_cipher": None,
    }
    assert Business.objects.get(pk=code(2)).name_initials == "hrlwfg2h"


def test_a_rare_character_is_read_from_gb18030(deliver: Deliver) -> None:
    delivery = deliver(csv(register(registered(1, 名称="𠮷野饭馆")), encoding="gb18030"), "名册.csv")
    assert delivery.encoding == "gb18030"
    assert Business.objects.get().name == "𠮷野饭馆"


def test_a_parquet_table_by_key_keeps_its_exact_money(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    file = parquet(
        {
            "uscc": pa.array([code(1), code(1)]),
            "year": pa.array([2024, 2025], pa.int16()),
            "paid": pa.array([Decimal("12345678901.230"), None], pa.decimal128(20, 3)),
            "refunded": pa.array([0.1, None], pa.float64()),
        }
    )
    delivery = deliver(file, "税务.parquet", source="tax")
    assert [(row["year"], row["paid"], row["refunded"]) for row in rows_of(delivery)] == [
        (2024, Decimal("12345678901.23"), Decimal("0.10")),
        (2025, None, None),
    ]
    assert "没有列：已办税务登记" in delivery.message


def test_titles_above_the_header_and_the_unit_in_it(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    rows: Rows = [
        ["怀柔区纳税情况表"],
        [],
        ["填报单位：税务局", None, "2026年7月1日"],
        TAX_HEADER,
        [code(1), 2025, "是", "小规模纳税人", "否", 1.25, "0"],
    ]
    delivery = deliver(xlsx({"说明": [["请勿改动表头"]], "明细": rows}), "税务.xlsx", source="tax")
    assert delivery.taken == delivery.rows == 1
    assert rows_of(delivery)[0]["paid"] == Decimal("12500.00")
    assert "工作表“说明”没有表头" in delivery.message


def test_all_sheets_of_a_workbook_are_read(deliver: Deliver) -> None:
    sheets = {
        "一月": register(registered(1)),
        "二月": register(registered(2, 名称="")),
        "三月": register(registered(3)),
    }
    delivery = deliver(xlsx(sheets))
    assert (delivery.taken, delivery.refused) == (2, 1)
    row = RefusedRow.objects.get()
    assert (row.sheet, row.row_number, row.column, row.severity) == ("二月", 2, "名称", "refused")


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"", "名册.csv", "文件是空的"),
        (csv(register(registered(1))).getvalue(), "名册.xlsx", "内容却是 CSV"),
        (xlsx(register(registered(1))).getvalue(), "名册.csv", "内容却是 XLSX"),
        (xlsx(register(registered(1))).getvalue(), "名册.xls", "内容却是 XLSX"),
        (xlsx(register(registered(1))).getvalue(), "名册.docx", "不收 .docx"),
        (xlsx(register(registered(1))).getvalue()[:-200], "名册.xlsx", "没有传完"),
        (b"%PDF-1.7 ...", "名册.pdf", "PDF"),
        (b"\x89PNG\r\n", "名册.xlsx", "图片"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "名册.xls", "网页"),
        (b'[{"uscc": "1"}]', "名册.csv", "JSON"),
        (b"\x00\x01\x02\x03", "名册.csv", "不是文字"),
        (b"PAR1 and nothing else", "名册.parquet", "Parquet 文件已损坏"),
        ("统一社会信用代码,名称\r\n".encode() + b"\xff\xfe\xff,\x81\r\n", "名册.csv", "文字编码"),
        ('统一社会信用代码,名称\r\n921,"没有收尾\r\n'.encode(), "名册.csv", "引号不成对"),
        ("统一社会信用代码\r\n9211".encode(), "名册.csv", "缺少必需的列：名称。第1行的表头是：统一社会信用代码。"),
        ("甲,乙\r\n1,2".encode(), "名册.csv", "没有找到“登记注册信息”的表头"),
        ("统一社会信用代码,名称,名称\r\n1,2,3".encode(), "名册.csv", "“名称”出现了不止一次"),
        (csv([REGISTER_HEADER]).getvalue(), "名册.csv", "名册里没有一户"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "名册.xlsx", "打开密码"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "名册.xls", "不是 XLS 表"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_whole(deliver: Deliver, content: bytes, name: str, reason: str) -> None:
    delivery = deliver(io.BytesIO(content), name)
    assert delivery.status == "refused"
    assert reason in delivery.message
    assert (delivery.rows, delivery.taken, delivery.clean_path) == (0, 0, "")
    assert not Business.objects.exists()
    assert not list((delivery.stored_file.parents[1] / "clean").rglob("*.parquet"))
    assert kept(delivery) == content


def test_a_zip_that_is_no_workbook_is_refused(deliver: Deliver) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("名册.csv", "x")
    file.seek(0)
    assert "内容却是 ZIP" in deliver(file).message


def test_a_file_of_refused_rows_alone_changes_nothing_and_reports_each(deliver: Deliver) -> None:
    deliver(xlsx(register(registered(1))))
    delivery = deliver(xlsx(register(registered(1, 成立日期="2023-02-30"), registered(2, 名称=None))), "坏.xlsx")
    assert (delivery.status, delivery.rows, delivery.refused, delivery.taken) == ("refused", 2, 2, 0)
    assert delivery.findings.refused().count() == 2
    assert Delivery.objects.accepted().latest_for("registration") == Delivery.objects.get(status="accepted")
    assert Business.objects.get().established_on == datetime.date(2020, 3, 1)


def test_the_same_bytes_again_are_not_read_again(deliver: Deliver) -> None:
    first = deliver(xlsx(register(registered(1))))
    again = deliver(io.BytesIO(kept(first)), "改了名字.xlsx")
    assert again == first
    assert (first.already_received, again.already_received) == (False, True)
    assert Delivery.objects.count() == 1
    assert list(Event.objects.filter(subject=f"delivery:{first.pk}").values_list("verb", flat=True)) == [
        "registry.receive_delivery",
        "registry.check_delivery",
        "registry.confirm_delivery",
        "registry.receive_again",
    ]


def test_a_refused_file_may_be_tried_again(deliver: Deliver) -> None:
    deliver(io.BytesIO(b""), "名册.csv")
    assert not deliver(io.BytesIO(b""), "名册.csv").already_received


def test_an_unknown_source_is_no_delivery(deliver: Deliver) -> None:
    with pytest.raises(Refusal, match="登记注册信息"):
        deliver(xlsx(register(registered(1))), source="weather")
    assert not Delivery.objects.exists()


def test_a_failure_while_it_is_confirmed_leaves_it_waiting(deliver: Deliver, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    file = xlsx(register(registered(1), registered(2, 名称="")))
    monkeypatch.setattr(actions, "load_register", fail)
    with pytest.raises(OSError, match="disk full"):
        deliver(file)
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.known_at) == ("checked", None)
    assert not Business.objects.exists()
    assert not Event.objects.filter(verb="registry.confirm_delivery").exists()
    monkeypatch.undo()
    assert confirmed(delivery).taken == 1


def test_a_failure_while_reading_leaves_no_table_and_is_read_again(
    deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(cleaning, "_write", fail)
    with pytest.raises(OSError, match="disk full"):
        deliver(xlsx(register(registered(1))))
    delivery = Delivery.objects.get()
    assert delivery.is_going
    assert not RefusedRow.objects.exists()
    folder = delivery.stored_file.parents[1]
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "data_key"]
    assert files == [delivery.stored_file]
    monkeypatch.undo()
    assert read_delivery(delivery).status == "checked"


def test_progress_tells_the_rows_so_far_and_writes_them_down(intake_clerk: User) -> None:
    told: list[tuple[int, int]] = []
    delivery = actions.receive_delivery(
        by=intake_clerk,
        source_key="registration",
        file=csv(register(*(registered(number) for number in range(45_000)))),
        file_name="名册.csv",
        as_of=datetime.date(2026, 7, 1),
    )
    assert delivery.is_going

    def tell(rows: int) -> None:
        found = Delivery.objects.get()
        assert found.status == "reading"
        told.append((rows, found.read))

    read_delivery(delivery, tell)
    assert told[-1] == (45_000, 45_000)
    assert told == sorted(told)
    assert all(rows == read for rows, read in told)
    assert len(told) > 1


def test_the_events_tell_the_counts_and_no_person(deliver: Deliver) -> None:
    delivery = deliver(xlsx(register(registered(1), registered(2, 名称=""))))
    events = {event.verb: event for event in Event.objects.filter(subject=f"delivery:{delivery.pk}")}
    assert events["registry.receive_delivery"].detail["sha256"] == delivery.sha256
    assert events["registry.check_delivery"].detail["refused"] == 1
    assert events["registry.confirm_delivery"].clause == "附件一(一)"
    assert "王某" not in "".join(str(event.detail) for event in events.values())
