"""What kind of table a received file is, told by its bytes; a file that is something else is refused with a reason."""

from enum import StrEnum
from pathlib import Path
from typing import IO

from jieti.kit.errors import Refusal
from jieti.registry import workbooks
from jieti.registry.storing import opened

LARGEST_XLS = 256 * 1024**2
"""An XLS sheet ends at row 65,536; tables that large are long XLSX or CSV."""
SAVE_AS = "请在电子表格里另存为 XLSX 或 CSV 后重新送数。"
TAKEN = "请送 XLSX、XLS、CSV、Parquet 表，或这些表的 ZIP 压缩包。"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TELLTALES = (
    (b"%PDF", "PDF 文档"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"BZh", "压缩包"),
    (b"\xfd7zXZ", "压缩包"),
    (b"{\\rtf", "文字处理文档"),
    (b"MZ", "程序"),
    (b"\x7fELF", "程序"),
    (b"#!", "程序"),
)
_MACROS = "_VBA_PROJECT"
_BOOKS = ("Workbook", "Book", "WORKBOOK", "BOOK")


class FileKind(StrEnum):
    """The kinds of file that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"
    PARQUET = "parquet"
    ZIP = "zip"


_ENDINGS = {
    ".xlsx": FileKind.XLSX,
    ".xls": FileKind.XLS,
    ".et": FileKind.XLS,
    ".csv": FileKind.CSV,
    ".txt": FileKind.CSV,
    ".tsv": FileKind.CSV,
    ".parquet": FileKind.PARQUET,
    ".pq": FileKind.PARQUET,
    ".zip": FileKind.ZIP,
}
_MACRO_ENDINGS = frozenset({".xlsm", ".xltm", ".xlsb", ".xlam"})


def tell_kind(path: Path, file_name: str) -> FileKind:
    """The kind of the file at `path`, kept encrypted or plain.

    Raises Refusal if it is empty, locked, no table, dangerous to open, or not what its name says.
    """
    with opened(path) as file:
        return kind_of(file, file_name)


def kind_of(file: IO[bytes], file_name: str) -> FileKind:
    """As `tell_kind`, of an open file."""
    if file.seek(0, 2) == 0:
        raise Refusal("文件是空的。", what_to_do="请检查导出是否完成，重新送数。")
    ending = Path(file_name).suffix.lower()
    if ending in _MACRO_ENDINGS:
        raise Refusal(f"不收 {ending} 文件：它可以带宏。", what_to_do=SAVE_AS)
    kind = _by_content(file)
    if ending and ending not in _ENDINGS:
        raise Refusal(f"不收 {ending} 文件。", what_to_do=TAKEN)
    if ending and _ENDINGS[ending] is not kind:
        raise Refusal(f"文件名以 {ending} 结尾，内容却是 {kind.upper()}。", what_to_do=SAVE_AS)
    return kind


def _by_content(file: IO[bytes]) -> FileKind:
    file.seek(0)
    head = file.read(4096)
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    if head.startswith(b"PK"):
        return _in_zip(file)
    if head.startswith(_OLE):
        return _workbook_in_ole(file)
    for magic, name in _TELLTALES:
        if head.startswith(magic):
            raise Refusal(f"这是{name}，不是表格。", what_to_do=SAVE_AS)
    return _text_table(head)


def _text_table(head: bytes) -> FileKind:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<!--")):
        raise Refusal("这是网页，不是表格。", what_to_do=SAVE_AS)
    if start.startswith((b"{", b"[")):
        raise Refusal("这是 JSON 文本，不是表格。", what_to_do=TAKEN)
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal("文件里不是文字，也不是能读的表格。", what_to_do=SAVE_AS)
    return FileKind.CSV


def _in_zip(file: IO[bytes]) -> FileKind:
    """A workbook or an archive of tables; what is in an archive is looked at when it is unpacked."""
    parts = workbooks.parts_of(file)
    names = {part.name for part in parts}
    if workbooks.WORKBOOK in names:
        workbooks.refuse_unsafe(file, parts)
        return FileKind.XLSX
    if "[Content_Types].xml" in names or "mimetype" in names:
        raise Refusal("这是文字处理或其他文档，不是 XLSX 表。", what_to_do=SAVE_AS)
    return FileKind.ZIP


def _workbook_in_ole(file: IO[bytes]) -> FileKind:
    if file.seek(0, 2) > LARGEST_XLS:
        raise Refusal("XLS 文件过大。", what_to_do="请另存为 XLSX 或 CSV 后重新送数。")
    file.seek(0)
    content = file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise Refusal("文件有打开密码。", what_to_do="请去掉密码后重新送数。")
    if not any(name.encode("utf-16-le") + b"\x00\x00" in content for name in _BOOKS):
        raise Refusal("这是文字处理或其他文档，不是 XLS 表。", what_to_do=SAVE_AS)
    if _MACROS.encode("utf-16-le") in content:
        raise Refusal("工作簿里有宏。宏不会被运行，带宏的文件也不收。", what_to_do=SAVE_AS)
    return FileKind.XLS
