"""What is wrong in a rulebook's files is told with file, line and key."""

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from rulecore.check import check
from rulecore.errors import RulebookError
from rulecore.model import Rulebook
from rulecore.source import contract, load_rulebook, read_yaml
from tests.rulecore.law import HUAIROU, RULEBOOKS, copy_of_huairou, edit


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_of_huairou(tmp_path)


def refused(folder: Path) -> str:
    with pytest.raises(RulebookError) as caught:
        load_rulebook(folder)
    return str(caught.value)


def test_huairou_is_read_as_it_stands(book: Rulebook) -> None:
    assert (book.key, book.edition, book.subject_key) == ("cn-110116-huairou", "2024", "uscc")
    assert book.document["number"] == "怀市监发〔2024〕41号"
    assert book.ladder == ("ineligible", "survival", "growth", "development")
    assert list(book.criteria)[:2] == ["registered", "founded_this_year"]
    assert [outcome.key for outcome in book.outcomes] == [
        "ineligible",
        "survival",
        "development",
        "growth",
        "survival",
    ]


def test_the_fact_contract_is_the_promised_one(book: Rulebook) -> None:
    assert {field.name: str(field.type) for field in contract(book)} == {
        "uscc": "string",
        "registration_status": "string",
        "established_on": "date32[day]",
        **dict.fromkeys(
            (
                "annual_report_filed",
                "abnormal_mark",
                "serious_violation_listing",
                "abnormal_taxpayer",
                "suspended",
                "is_seasonal",
                "tax_registered",
                "general_vat_taxpayer",
            ),
            "bool",
        ),
        "turnover": "decimal128(18, 2)",
        "tax_paid": "decimal128(18, 2)",
        **dict.fromkeys(("insured_headcount", "trademarks_in_use", "patents"), "int64"),
    }


def test_every_fact_names_its_supplier_and_source(book: Rulebook) -> None:
    for fact in book.facts.values():
        if fact.derivation.how != "given":
            assert fact.supplier == book.sources[fact.source].supplier
        assert book.organisation(fact.supplier) != fact.supplier


def test_the_four_norms_are_not_published(book: Rulebook) -> None:
    norms = {key for key, parameter in book.parameters.items() if parameter.annual_norm}
    assert norms == {"growth_turnover", "growth_tax_paid", "development_turnover", "development_tax_paid"}
    assert all(book.parameters[key].value is None for key in norms)


def test_the_digest_changes_with_any_byte_of_the_law(folder: Path) -> None:
    before = load_rulebook(folder).sha256
    assert load_rulebook(folder).sha256 == before
    edit(folder / "parameters.yaml", "成长型参保人数上限", "成长型参保人数上限 ")
    assert load_rulebook(folder).sha256 != before


def test_the_digest_of_a_child_changes_with_its_parent(tmp_path: Path) -> None:
    shutil.copytree(RULEBOOKS, tmp_path / "law")
    child = tmp_path / "law" / "cn-110116-huairou" / "2024"
    before = load_rulebook(child).sha256
    parent = tmp_path / "law" / "cn-110000-beijing" / "2024"
    edit(parent / "parameters.yaml", "成长型参保人数上限", "成长型参保人数上限 ")
    assert load_rulebook(child).sha256 != before


def test_place_finds_file_and_line(folder: Path) -> None:
    book = load_rulebook(folder)
    file, line = book.place("criteria", "seasonal", "when")
    text = Path(file).read_text(encoding="utf-8").splitlines()
    assert file == str(folder / "tiers.yaml")
    assert "is_seasonal" in text[line - 1]
    assert book.place("nowhere") == (book.key, 1)


def test_broken_yaml_names_file_and_line(folder: Path) -> None:
    line = edit(folder / "tiers.yaml", "  seasonal:\n", "  seasonal: [\n")
    message = refused(folder)
    assert "tiers.yaml:" in message
    assert "not valid YAML" in message
    found = int(message.split("tiers.yaml:")[1].split(":")[0])
    assert line <= found <= line + 2


def test_a_tab_is_named(folder: Path) -> None:
    line = edit(folder / "parameters.yaml", "  basis_date:\n", "\tbasis_date:\n")
    assert f"parameters.yaml:{line}" in refused(folder)


@pytest.mark.parametrize(
    ("file", "key"),
    [("tiers.yaml", "seasonal"), ("facts.yaml", "tax_paid"), ("parameters.yaml", "prior_year")],
)
def test_a_key_given_twice_is_refused(folder: Path, file: str, key: str) -> None:
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines()
    at = lines.index(f"  {key}:")
    end = next(i for i in range(at + 1, len(lines)) if not lines[i].startswith("   "))
    lines[end:end] = lines[at:end]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert f"{file}:{end + 1}: {key}: this key is given twice" in refused(folder)


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "facts.yaml").unlink()
    (folder / "tiers.yaml").unlink()
    message = refused(folder)
    assert f"{folder / 'facts.yaml'}: is missing" in message
    assert f"{folder / 'tiers.yaml'}: is missing" in message


@pytest.mark.parametrize("content", ["", "# nothing\n", "---\n"])
def test_an_empty_file_is_refused(folder: Path, content: str) -> None:
    (folder / "tiers.yaml").write_text(content, encoding="utf-8")
    assert "tiers.yaml:1" in refused(folder)


@pytest.mark.parametrize("content", ["[]\n", "text\n", "42\n"])
def test_a_file_that_is_no_map_is_refused(folder: Path, content: str) -> None:
    (folder / "tiers.yaml").write_text(content, encoding="utf-8")
    assert "tiers.yaml:1" in refused(folder)


def test_a_file_in_another_encoding_is_refused(folder: Path) -> None:
    path = folder / "tiers.yaml"
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    assert "tiers.yaml: cannot be read" in refused(folder)


def test_a_control_character_is_a_problem_of_the_file(folder: Path) -> None:
    edit(folder / "tiers.yaml", "label: 季节性经营", 'label: "季节\x07性经营"')
    assert "tiers.yaml" in refused(folder)


def test_an_impossible_date_is_a_problem_of_the_file(folder: Path) -> None:
    edit(folder / "rulebook.yaml", "valid_from: 2024-11-18", "valid_from: 2024-02-30")
    assert "rulebook.yaml" in refused(folder)


def test_no_number_of_the_language_is_infinite(folder: Path) -> None:
    edit(folder / "tiers.yaml", "{fact: is_seasonal, is: true}", "{fact: is_seasonal, is: .inf}")
    assert "tiers.yaml" in refused(folder)


def test_a_folder_without_schema_says_so(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "schema").rename(tmp_path / "gone")
    assert "schema" in refused(folder)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("label: 季节性经营\n", "labels: 季节性经营\n", "seasonal"),
        ("{fact: is_seasonal, is: true}", "{fact: is_seasonal, seems: true}", "seasonal"),
        ("{fact: is_seasonal, is: true}", "{fact: is_seasonal, is: true, is_not: false}", "seasonal"),
        ("{fact: is_seasonal, is: true}", "{}", "seasonal"),
        ("{fact: registration_status, in: [active]}", "{fact: registration_status, in: []}", "registered"),
    ],
)
def test_what_the_schema_does_not_know_is_named_with_its_line(folder: Path, old: str, new: str, key: str) -> None:
    path = folder / "tiers.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index(f"  {key}:\n")
    at = text.index(old, start)
    path.write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")
    message = refused(folder)
    found = int(message.split("tiers.yaml:")[1].split(":")[0])
    assert text[:start].count("\n") + 1 <= found <= text[:at].count("\n") + 1
    assert f"criteria.{key}" in message


def test_all_files_complain_at_once(folder: Path) -> None:
    edit(folder / "rulebook.yaml", "subject_key: uscc", "subject_key: 7")
    edit(folder / "parameters.yaml", "    label: 成长型参保人数上限\n", "    label: 3\n")
    message = refused(folder)
    assert "rulebook.yaml" in message
    assert "parameters.yaml" in message


@pytest.mark.parametrize("amount", ["12.345", '"12.345"', ".nan", '"much"'])
def test_amounts_of_parameters_have_at_most_two_decimals(folder: Path, amount: str) -> None:
    line = edit(
        folder / "parameters.yaml",
        "    clause: 附件一(三)2(2)B\n    published: false\n    annual_norm: true\n",
        f"    clause: 附件一(三)2(2)B\n    value: {amount}\n",
    )
    with pytest.raises(RulebookError) as caught:
        check(load_rulebook(folder))
    found = int(str(caught.value).split("parameters.yaml:")[1].split(":")[0])
    assert line - 6 <= found <= line + 2


def test_numbers_with_a_point_are_exact(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_text("amount: 0.1\nlarge: 123456789012345.67\n", encoding="utf-8")
    data = read_yaml(path).data
    assert data == {"amount": Decimal("0.1"), "large": Decimal("123456789012345.67")}


def test_lines_reach_into_lists(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_text("a:\n  - b: 1\n  - b: 2\n    c: 3\n", encoding="utf-8")
    file = read_yaml(path)
    assert file.line(("a", "1", "c")) == 4
    assert file.line(("a", "0", "missing")) == 2
    assert file.line(("x",)) == 1


def test_a_folder_that_does_not_exist_names_the_missing_files() -> None:
    message = refused(HUAIROU.parent / "1999")
    assert "rulebook.yaml: is missing" in message
