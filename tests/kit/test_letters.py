"""Letters: their look comes from one template, their words are text, a machine without a font says so."""

import json
from dataclasses import replace
from datetime import date

import pytest
import typst

from jieti.kit import letters
from jieti.kit.errors import Refusal
from jieti.kit.letters import Letter, font, inputs_of, pdf_of

LETTER = Letter(
    issuer="北京市怀柔区市场监督管理局",
    number="怀市监异字〔2026〕1号",
    title="关于个体工商户分型结果异议申诉的答复",
    addressee="北京市怀柔区雁栖老王饭馆",
    paragraphs=("经核实，税款为 6,000.00 元。", "#set text(fill: red) $x$ *不是标记* @here"),
    day=date(2026, 8, 20),
    notes=("处理异议不收取任何费用",),
)


def test_it_is_a_tagged_pdf_and_always_the_same() -> None:
    made = pdf_of(LETTER)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert b"pdfuaid" in made
    assert pdf_of(LETTER) == made


def test_its_text_is_the_whole_letter() -> None:
    lines = LETTER.text.splitlines()
    assert lines[:3] == ["怀市监异字〔2026〕1号", "关于个体工商户分型结果异议申诉的答复", "北京市怀柔区雁栖老王饭馆："]
    assert lines[-3:] == ["北京市怀柔区市场监督管理局", "2026年8月20日", "（处理异议不收取任何费用）"]


def test_the_heading_of_the_document_is_the_title_and_text_is_never_markup() -> None:
    found = json.loads(typst.query(letters.TEMPLATE.read_bytes(), "heading", sys_inputs=inputs_of(LETTER)))
    assert [one["body"]["text"] for one in found] == [LETTER.title]


def test_without_a_chinese_font_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(letters, "FONTS", ("No Such Font",))
    font.cache_clear()
    try:
        with pytest.raises(Refusal, match="中文字体") as refused:
            pdf_of(LETTER)
        assert "fonts-noto-cjk" in refused.value.what_to_do
    finally:
        font.cache_clear()


@pytest.mark.parametrize("sign", ["\u0e01", "\U0003fffd"])
def test_a_sign_that_no_font_has_is_refused(sign: str) -> None:
    with pytest.raises(Refusal, match="没有生成"):
        pdf_of(replace(LETTER, paragraphs=(sign,)))
