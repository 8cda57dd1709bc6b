import pytest

from jieti.directory.names import as_code, bigrams, normalised

CODE = "92110116MA00A1B20Y"


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.lower(),
        f"  {CODE} ",
        "９２１１０１１６ＭＡ００Ａ１Ｂ２０Ｙ",
        "92110116 MA00A1B20Y",
        "92110116-ma00a1b20y",
    ],
)
def test_a_code_is_one_however_it_is_typed(typed: str) -> None:
    assert as_code(typed) == CODE


@pytest.mark.parametrize("typed", ["", "老王", CODE[:-1], CODE + "1", "92110116MA00A1B20I", "ABCDEFGHJKLMNPQRTU"])
def test_what_is_no_code(typed: str) -> None:
    assert as_code(typed) is None


@pytest.mark.parametrize(
    ("typed", "expected"), [("ＡＢ（ 老王 ）", "ab(老王)"), ("　老　王　", "老王"), ("KTV 店", "ktv店"), ("", "")]
)
def test_width_case_and_blanks_do_not_matter(typed: str, expected: str) -> None:
    assert normalised(typed) == expected


@pytest.mark.parametrize(
    ("text", "pairs"), [("", []), ("王", []), ("老王", ["老王"]), ("王王王", ["王王"]), ("老王店", ["王店", "老王"])]
)
def test_bigrams(text: str, pairs: list[str]) -> None:
    assert bigrams(text) == sorted(pairs)
