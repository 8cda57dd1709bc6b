"""What is checked beyond single cells: conditions on a row, identity numbers, repetitions in great numbers."""

import datetime
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from jieti.kit.protection import decrypt, keyed_hash
from jieti.registry import repetitions
from jieti.registry.cells import identity_check_character
from jieti.registry.protected import unsealed
from tests.factories.tables import Rows, code, csv, xlsx
from tests.registry.reading import TAX, read

HEADER = ("统一社会信用代码", "名称", "成立日期", "居民身份证号码", "联系电话")
TAX_HEADER = ("统一社会信用代码", "所属年度", "实际入库税款", "退库税款", "起", "止")
NUMBER = "11010519491231002X"
WRONG = "110105194912310021"
PHONE = "13812345678"


def business(number: int, identity: str = NUMBER, phone: str = PHONE, **changes: str) -> list[str]:
    return [code(number), changes.get("name", "老王饭馆"), changes.get("day", "2020-01-01"), identity, phone]


@pytest.mark.parametrize("make", [csv, xlsx])
def test_an_identity_number_is_kept_as_hash_and_cipher_alone(make: object, tmp_path: Path) -> None:
    file = (
        csv([HEADER, business(1, " 110105 19491231 002x ", "138-1234-5678")])
        if make is csv
        else xlsx([HEADER, business(1)])
    )
    (row,) = read(file, "名册.csv" if make is csv else "名册.xlsx", tmp_path).rows
    assert (row["proprietor_id"], row["phone"]) == (keyed_hash(NUMBER), keyed_hash(PHONE))
    ciphers = [row["proprietor_id_cipher"], row["phone_cipher"]]
    assert [decrypt(cipher) for cipher in ciphers if isinstance(cipher, bytes)] == [NUMBER, PHONE]
    (tmp_path / "received").unlink()
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and NUMBER.encode() in file.read_bytes()]


def test_findings_show_no_number_whole_and_the_row_goes_back_whole(tmp_path: Path) -> None:
    rows: Rows = [HEADER, business(1, WRONG), business(2, "1101051949", "123"), business(3, NUMBER, PHONE, name="")]
    found = read(csv(rows), "名册.csv", tmp_path)
    assert [(one.row_number, one.column, one.value, one.severity) for one in found.findings] == [
        (2, "居民身份证号码", "110105********0021", "warned"),
        (3, "居民身份证号码", "**********", "warned"),
        (3, "联系电话", "***", "warned"),
        (4, "名称", "", "refused"),
    ]
    assert [row["proprietor_id"] for row in found.rows] == [keyed_hash(WRONG), None]
    raw = found.findings[-1].raw
    assert NUMBER not in json.dumps(raw)
    assert [unsealed(text) for text in raw] == [code(3), "", "2020-01-01", NUMBER, PHONE]


def test_contradicting_rows_go_back_whole_without_showing_their_numbers(tmp_path: Path) -> None:
    other = "1101051949123100" + "3"
    other += identity_check_character(other)
    found = read(csv([HEADER, business(1), business(1, other), business(2)]), "名册.csv", tmp_path)
    assert [row["uscc"] for row in found.rows] == [code(2)]
    assert [one.value for one in found.findings] == ["", ""]
    assert "居民身份证号码不一致" in found.findings[0].reason
    assert [unsealed(text) for text in found.findings[1].raw] == business(1, other)
    ledger = (tmp_path / "findings.jsonl").read_text()
    assert NUMBER not in ledger
    assert other not in ledger


def test_a_row_of_another_width_is_sealed_in_every_cell(tmp_path: Path) -> None:
    found = read(csv([HEADER, business(1), [*business(2)[:3], "多", NUMBER, PHONE]]), "名册.csv", tmp_path)
    assert NUMBER not in (tmp_path / "findings.jsonl").read_text()
    assert unsealed(found.findings[0].raw[4]) == NUMBER


def tax(number: int, year: object = "2025", paid: object = "1", back: object = "0", *days: object) -> Sequence[object]:
    return [code(number), year, paid, back, *(days or ("", ""))]


def test_conditions_on_a_row(tmp_path: Path) -> None:
    rows: Rows = [
        TAX_HEADER,
        tax(1, "2026"),
        tax(2, "2027"),
        tax(3, "2025", "1", "2"),
        tax(4, "2025", "1", "1", "2025-01-02", "2025-01-01"),
        tax(5, "2025", "", "3", "2025-01-01", "2025-01-01"),
        tax(6, "2025", "1", "1", "", "2025-01-01"),
    ]
    found = read(csv(rows), "税.csv", tmp_path, source=TAX)
    assert [row["uscc"] for row in found.rows] == [code(number) for number in (1, 3, 5, 6)]
    assert [(one.row_number, one.column, one.severity) for one in found.findings] == [
        (3, "所属年度", "refused"),
        (4, "退库税款", "warned"),
        (5, "起", "refused"),
    ]
    assert found.findings[0].reason == "年度还没有到；请查对"
    assert found.findings[1].reason == "退库大于入库；请核对"


def test_a_day_after_the_day_of_the_table_is_refused(tmp_path: Path) -> None:
    found = read(csv([HEADER, business(1, day="2026-07-01"), business(2, day="2026-07-02")]), "名册.csv", tmp_path)
    assert [row["established_on"] for row in found.rows] == [datetime.date(2026, 7, 1)]


def test_repetitions_are_exact_share_by_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetitions, "SHARE", 10)
    rows: list[Sequence[object]] = [tax(number, "2025", f"{number}.5") for number in range(300)]
    found = read(csv([TAX_HEADER, *rows, *rows[50:250]]), "税.csv", tmp_path, source=TAX)
    assert (len(found.rows), found.ledger.skipped) == (300, 200)
    assert {row["paid"] for row in found.rows} == {Decimal(f"{number}.50") for number in range(300)}
    base = (tmp_path / "clean.parquet").rename(tmp_path / "base.parquet")
    again = read(csv([TAX_HEADER, *rows[100:], tax(999)]), "补.csv", tmp_path, source=TAX, base=base)
    assert (len(again.rows), again.ledger.taken, again.ledger.skipped) == (301, 1, 200)


def test_rows_that_share_a_hash_are_still_compared_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jieti.registry.staging.key_hashes", lambda source, batch: [7] * batch.num_rows)
    monkeypatch.setattr("jieti.registry.repetitions.value_hashes", lambda source, batch: [7] * batch.num_rows)
    found = read(csv([TAX_HEADER, tax(1), tax(2), tax(1)]), "税.csv", tmp_path, source=TAX)
    assert (len(found.rows), found.ledger.skipped) == (2, 1)
    base = (tmp_path / "clean.parquet").rename(tmp_path / "base.parquet")
    again = read(csv([TAX_HEADER, tax(1), tax(3)]), "补.csv", tmp_path, source=TAX, base=base)
    assert (len(again.rows), again.ledger.skipped) == (3, 1)


UNKNOWN_HEADER = ("统一社会信用代码", "名称", "成立日期", "备注")


@pytest.mark.parametrize("make", [csv, xlsx])
def test_an_identity_number_under_an_unknown_header_goes_back_whole_but_is_shown_nowhere(
    make: object, tmp_path: Path
) -> None:
    note = f"经营者证件{NUMBER}，另有 110105 19491231 0021"
    rows: Rows = [
        UNKNOWN_HEADER,
        [code(1), "老王饭馆", "2020-01-01", note],
        [code(2), "", "2020-01-01", note],
        [code(3), NUMBER, "昨天", "无"],
        [code(4), "老李饭馆", "2020-01-01", note],
        [code(4), "老李面馆", "2020-01-01", note],
    ]
    found = read(csv(rows), "名册.csv", tmp_path) if make is csv else read(xlsx(rows), "名册.xlsx", tmp_path)
    shown = json.dumps([(one.value, one.reason, one.raw) for one in found.findings], ensure_ascii=False)
    assert "19491231" not in shown
    returned = [[unsealed(text) for text in one.raw] for one in found.findings if one.severity == "refused"]
    assert returned[0] == [code(2), "", "2020-01-01", note]
    assert returned[1] == [code(3), NUMBER, "昨天", "无"]
    assert [row[3] for row in returned[2:]] == [note, note]


def test_rows_that_differ_in_an_unknown_identity_number_alone_are_not_the_same(tmp_path: Path) -> None:
    header = [*TAX_HEADER, "证件"]
    rows: Rows = [header, *([code(1), "2025", "1", "0", "", "", number] for number in (NUMBER, NUMBER, WRONG))]
    found = read(csv(rows), "税.csv", tmp_path, source=TAX)
    assert found.ledger.taken == 2


def test_an_uneven_row_is_sealed_where_it_holds_an_identity_number(tmp_path: Path) -> None:
    rows = f"{','.join(TAX_HEADER)}\n{code(1)},2025,1,0,,,{NUMBER}\n{code(2)},2025,1,0,,\n"
    found = read(rows.encode(), "税.csv", tmp_path, source=TAX)
    (one,) = found.findings
    assert NUMBER not in json.dumps(one.raw)
    assert unsealed(one.raw[-1]) == NUMBER
