import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as standard

from jieti.domain import uscc

PUBLISHED = [
    "91350100M000100Y43",
    "911101066976941872",
    "91110000101623741K",
    "91130600738737199K",
    "92110114MA01EF6DXH",
    "92110116MA00A1B20Y",
    "92110116MA01EF6DXE",
    "92110116MA7T00014M",
    "92110116MAE0H2R96C",
]
organisations = st.text(alphabet=uscc.ALPHABET, min_size=8, max_size=8)


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_pass_both_levels(code: str) -> None:
    assert uscc.parse(code) == code
    assert uscc.check_digit_warning(code) is None


def test_a_real_code_with_a_wrong_check_character_is_a_warning_not_an_error() -> None:
    code = uscc.parse("91350211M0000XUF46")
    assert uscc.check_digit_warning(code) == "统一社会信用代码校验位不符"


def test_level_one_is_told_apart_from_level_two() -> None:
    first17 = "92110116MA00A1B21"
    assert uscc.check_digit_warning(first17 + uscc.check_character(first17)) == "主体标识码（组织机构代码）校验位不符"


@given(organisations)
def test_composed_codes_are_valid_and_agree_with_the_standard_library_of_numbers(organisation: str) -> None:
    if uscc.organisation_check_character(organisation) not in uscc.ALPHABET:
        pytest.fail("a check character outside the alphabet")
    code = uscc.compose(division="110116", organisation=organisation)
    assert uscc.check_digit_warning(code) is None
    assert standard.is_valid(code)
    assert uscc.is_business_code(code)


@given(organisations, st.integers(0, 17), st.sampled_from(uscc.ALPHABET))
def test_any_single_wrong_character_is_noticed(organisation: str, position: int, character: str) -> None:
    code = uscc.compose(division="110116", organisation=organisation)
    wrong = code[:position] + character + code[position + 1 :]
    assert wrong == code or uscc.check_digit_warning(wrong) is not None


def test_remainder_zero_gives_check_character_zero() -> None:
    remainders = {uscc.check_character(f"92110116MA{serial:06d}0") for serial in range(400)}
    assert "0" in remainders


@pytest.mark.parametrize(
    "written",
    [
        "92110116ma00a1b20y",
        " 92110116 MA00A1B20Y ",
        "92110116-MA00A1B20Y",
        "９２１１０１１６ＭＡ００Ａ１Ｂ２０Ｙ",
        "92110116MA00A1B20Y\u200b",
        "\ufeff92110116MA00A1B20Y\t",
        "'92110116MA00A1B20Y",
        "92110116\u3000MA00A1B20Y",
        "92110116—MA00A1B20Y",
    ],
)
def test_the_ways_departments_write_a_code(written: str) -> None:
    assert uscc.parse(written) == "92110116MA00A1B20Y"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "为空"),
        ("　", "为空"),
        ("92110116MA00A1B20", "实为17位"),
        ("9.2110116E+17", "实为13位"),
        ("92110116MAOOA1B20Y", "不允许的字符"),
        ("9211011XMA00A1B20Y", "不允许的字符"),
        ("92110116MA00A1B2①Y9", "实为19位"),
    ],
)
def test_what_cannot_be_a_code_is_refused_with_its_reason(written: str, reason: str) -> None:
    with pytest.raises(uscc.MalformedUsccError, match=reason):
        uscc.parse(written)


def test_an_enterprise_code_is_not_a_business_code() -> None:
    assert not uscc.is_business_code("91110000101623741K")


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert uscc.normalise(uscc.normalise(text)) == uscc.normalise(text)
