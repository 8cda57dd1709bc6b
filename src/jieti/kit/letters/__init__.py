"""Letters of an authority, in the look of GB/T 9704—2012 (信函格式), as PDF with the text as text."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import typst

from jieti.kit.errors import Refusal

TEMPLATE = Path(__file__).with_name("letter.typ")
FONTS = ("FangSong_GB2312", "FangSong", "Noto Serif CJK SC", "Source Han Serif SC", "Noto Serif SC")
"""What a letter may be set in, the best first: the standard asks for 仿宋, which no free licence offers."""


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands on the paper. `number` is the document number, `notes` stand below the signature."""

    issuer: str
    number: str
    title: str
    addressee: str
    paragraphs: tuple[str, ...]
    day: date
    notes: tuple[str, ...] = ()

    @property
    def date_text(self) -> str:
        """成文日期: 2026年8月3日."""
        return f"{self.day.year}年{self.day.month}月{self.day.day}日"

    @property
    def text(self) -> str:
        """The whole letter as plain text, a paragraph a line."""
        lines = (self.number, self.title, f"{self.addressee}：", *self.paragraphs, self.issuer, self.date_text)
        return "\n".join([*lines, *(f"（{note}）" for note in self.notes)])


def pdf_of(letter: Letter) -> bytes:
    """The letter as tagged PDF for the archive (PDF/A-2a, PDF/UA-1), the same bytes for the same letter.

    Raises Refusal where the machine has no Chinese font, or the font lacks a sign of the letter.
    """
    try:
        made = _compiler().compile(
            input=TEMPLATE.read_bytes(),
            format="pdf",
            sys_inputs=inputs_of(letter),
            pdf_standards=["a-2a", "ua-1"],
        )
    except typst.TypstError as error:
        raise Refusal(
            f"答复书没有生成：{error.message}", what_to_do="请去掉正文里的表情符号、特殊符号后再办理。"
        ) from None
    if not isinstance(made, bytes):
        raise TypeError("a letter is one file")
    return made


def inputs_of(letter: Letter) -> dict[str, str]:
    """The letter as its template takes it: all of it data, none of it markup. Raises Refusal where `font` does."""
    day = letter.day
    dates = {"day": day.isoformat(), "ymd": {"year": day.year, "month": day.month, "day": day.day}}
    content = asdict(letter) | dates | {"date": letter.date_text, "fonts": [font()]}
    return {"letter": json.dumps(content, ensure_ascii=False)}


@lru_cache(maxsize=1)
def font() -> str:
    """The font that letters are set in. Raises Refusal where the machine has none of them."""
    present = set(typst.Fonts(include_embedded_fonts=False).families())
    found = next((name for name in FONTS if name in present), None)
    if found is None:
        raise Refusal(
            "服务器上没有可用的中文字体，不能生成答复书。",
            what_to_do="请管理员安装仿宋，或者“Noto Serif CJK SC”（软件包fonts-noto-cjk），然后重启服务。",
        )
    return found


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """Reads the machine's fonts once."""
    return typst.Compiler()
