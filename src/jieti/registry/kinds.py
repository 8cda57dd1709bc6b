"""What kind of table a received file is, told by its bytes; a file that is something else is refused with a reason."""

import zipfile
from enum import StrEnum
from pathlib import Path

from jieti.kit.errors import Refusal

LARGEST_UNPACKED = 4 * 1024**3
SAVE_AS = "请在电子表格里另存为 XLSX 或 CSV 后重新送数。"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TELLTALES = (
    (b"%PDF", "PDF 文档"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"{\\rtf", "文字处理文档"),
)


class FileKind(StrEnum):
    """The kinds of table that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"
    PARQUET = "parquet"


_ENDINGS = {
    ".xlsx": FileKind.XLSX,
    ".xlsm": FileKind.XLSX,
    ".xls": FileKind.XLS,
    ".et": FileKind.XLS,
    ".csv": FileKind.CSV,
    ".txt": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".parquet": FileKind.PARQUET,
    ".pq": FileKind.PARQUET,
}


def tell_kind(path: Path, file_name: str) -> FileKind:
    """The kind of the file at `path`. Raises Refusal if it is empty, locked, no table, or not what its name says."""
    if path.stat().st_size == 0:
        raise Refusal("文件是空的。", what_to_do="请检查导出是否完成，重新送数。")
    kind = _by_content(path)
    ending = Path(file_name).suffix.lower()
    if ending and ending not in _ENDINGS:
        raise Refusal(f"不收 {ending} 文件。", what_to_do="请送 XLSX、XLS、CSV 或 Parquet 表。")
    if ending and _ENDINGS[ending] is not kind:
        raise Refusal(f"文件名以 {ending} 结尾，内容却是 {kind.upper()}。", what_to_do=SAVE_AS)
    return kind


def _by_content(path: Path) -> FileKind:
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    if head.startswith(b"PK"):
        return _workbook_in_zip(path)
    if head.startswith(_OLE):
        return _workbook_in_ole(path)
    for magic, name in _TELLTALES:
        if head.startswith(magic):
            raise Refusal(f"这是{name}，不是表格。", what_to_do=SAVE_AS)
    return _text_table(head)


def _text_table(head: bytes) -> FileKind:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise Refusal("这是网页，不是表格。", what_to_do=SAVE_AS)
    if start.startswith((b"{", b"[")):
        raise Refusal("这是 JSON 文本，不是表格。", what_to_do="请送 XLSX、XLS、CSV 或 Parquet 表。")
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal("文件里不是文字，也不是能读的表格。", what_to_do=SAVE_AS)
    return FileKind.CSV


def _workbook_in_zip(path: Path) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename: member.file_size for member in archive.infolist()}
    except zipfile.BadZipFile:
        raise Refusal("文件已损坏或没有传完。", what_to_do="请重新导出、重新送数。") from None
    if "xl/workbook.xml" not in members:
        raise Refusal("这是压缩包或其他文档，不是 XLSX 表。", what_to_do="请解压，把里面的表逐个送来。")
    if sum(members.values()) > LARGEST_UNPACKED:
        raise Refusal("文件解开后过大。", what_to_do="请分成几个文件，或改送 CSV。")
    return FileKind.XLSX


def _workbook_in_ole(path: Path) -> FileKind:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refusal("文件有打开密码。", what_to_do="请去掉密码后重新送数。")
    if not any(name.encode("utf-16-le") + b"\x00\x00" in content for name in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        raise Refusal("这是文字处理或其他文档，不是 XLS 表。", what_to_do=SAVE_AS)
    return FileKind.XLS
