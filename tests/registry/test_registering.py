"""What a delivery of the register does to the businesses: late data, conversions, registers of another make."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from jieti.accounts.models import DISTRICT_REGULATOR, OrganisationKind, Role, User
from jieti.domain import uscc
from jieti.registry.models import Business, BusinessRecord
from tests.factories.accounts import make_jurisdiction, make_officer, make_organisation
from tests.factories.deliveries import delivered
from tests.factories.tables import code, csv
from tests.registry.register import accept, row

JUNE, JULY, AUGUST = date(2026, 6, 1), date(2026, 7, 1), date(2026, 8, 1)
ONE, TWO, THREE = code(1), code(2), code(3)
DEMO = "cn-999999-demo-variant"


def test_late_data_do_not_overwrite_what_newer_data_say(intake_clerk: User) -> None:
    new = accept([row(ONE, name="新名")], by=intake_clerk, as_of=AUGUST)
    accept([row(ONE, name="旧名")], by=intake_clerk, as_of=JULY)
    one = Business.objects.get()
    assert (one.name, one.delivery, one.absent_since) == ("新名", new, None)
    assert {each.name for each in BusinessRecord.objects.current().valid_on(JULY)} == {"旧名"}


def test_what_only_late_data_know_is_absent_since_the_newer(intake_clerk: User) -> None:
    accept([row(ONE)], by=intake_clerk, as_of=JUNE)
    august = accept([row(ONE)], by=intake_clerk, as_of=AUGUST)
    accept([row(ONE), row(TWO)], by=intake_clerk, as_of=JULY)
    assert Business.objects.get(pk=TWO).absent_since == august
    assert [one.pk for one in Business.objects.current()] == [ONE]
    assert BusinessRecord.objects.current().valid_on(JULY).filter(uscc=TWO).exists()


def test_late_data_without_a_business_do_not_take_it_away(intake_clerk: User) -> None:
    accept([row(ONE), row(TWO)], by=intake_clerk, as_of=AUGUST)
    accept([row(ONE)], by=intake_clerk, as_of=JULY)
    assert Business.objects.current().count() == 2


def test_a_supplement_of_a_late_table_speaks_of_its_own_rows_alone(intake_clerk: User) -> None:
    accept([row(ONE, name="新名"), row(TWO)], by=intake_clerk, as_of=AUGUST)
    accept([row(ONE, name="旧名"), row(TWO)], by=intake_clerk, as_of=JULY)
    later = [row(ONE, name="旧名"), row(TWO, name="改名")]
    accept(later, by=intake_clerk, as_of=date(2026, 9, 1), mode="supplement")
    assert list(Business.objects.values_list("name", flat=True)) == ["新名", "改名"]


def test_a_late_table_does_not_undo_a_newer_correction(intake_clerk: User) -> None:
    accept([row(ONE, name="错")], by=intake_clerk, as_of=JUNE)
    accept([row(ONE, name="对")], by=intake_clerk, as_of=AUGUST, mode="supplement", is_correction=True)
    accept([row(ONE, name="错")], by=intake_clerk, as_of=JULY)
    assert Business.objects.get().name == "对"


def test_one_that_comes_again_is_there_again(intake_clerk: User) -> None:
    for day, codes in ((JUNE, (ONE, TWO)), (JULY, (ONE,)), (AUGUST, (ONE, TWO))):
        accept([row(each) for each in codes], by=intake_clerk, as_of=day)
        assert set(Business.objects.current().values_list("pk", flat=True)) == set(codes)


def test_a_conversion_that_keeps_its_code_is_an_enterprise(intake_clerk: User) -> None:
    enterprise = uscc.compose(division="110116", organisation="10000009", prefix=uscc.ENTERPRISE_PREFIX)
    accept([row(ONE), row(TWO), row(THREE)], by=intake_clerk, as_of=JUNE)
    rows = [
        row(ONE, successor_uscc=f" {ONE.lower()}"),
        row(TWO, successor_uscc=enterprise),
        row(THREE),
        row(enterprise),
    ]
    accept(rows, by=intake_clerk, as_of=JULY)
    kinds = dict(Business.objects.values_list("uscc", "entity_kind"))
    assert kinds == {ONE: "enterprise", TWO: "individual", THREE: "individual", enterprise: "enterprise"}
    history = BusinessRecord.objects.current().filter(uscc=ONE).order_by("valid_from")
    assert list(history.values_list("entity_kind", "valid_from"))[1] == ("enterprise", JULY)
    assert history[0].entity_kind == "individual"


def test_a_register_without_many_of_the_columns_is_loaded(
    intake_clerk: User, settings: Settings, tmp_path: Path
) -> None:
    """The variant's register has no proprietor, address, town nor industry, and registration statuses of its own."""
    shutil.copytree(Path(settings.RULEBOOKS_DIR), tmp_path / "rulebooks")
    settings.RULEBOOKS_DIR = tmp_path / "rulebooks"
    there = make_jurisdiction("999999", "虚构示例区", DEMO)
    regulator = make_organisation(DISTRICT_REGULATOR, "示例监管局", OrganisationKind.DEPARTMENT, there)
    clerk = make_officer(regulator, Role.INTAKE_CLERK, username="there")
    header = ("统一社会信用代码", "名称", "登记状态", "成立日期", "经营者证件号码摘要", "区", "行业小类")
    rows = [(ONE, "甲饭馆", "歇业", "2020-03-01", "摘要", "某区", "正餐"), (TWO, "乙饭馆", "在业", "", "", "", "")]
    for day, status in ((JULY, "paused"), (AUGUST, "paused")):
        found = delivered(by=clerk, source="registration", file=csv([header, *rows]), file_name="名册.csv", as_of=day)
        assert found.status == "accepted", found.message
        one = Business.objects.get(pk=ONE)
        assert (one.name, one.registration_status, one.established_on) == ("甲饭馆", status, date(2020, 3, 1))
        assert (one.proprietor, one.person, one.address, one.town, one.industry) == ("", None, "", "", "")
        rows[1] = (TWO, "丙饭馆", "在业", "", "", "", "")
    assert Business.objects.get(pk=TWO).name == "丙饭馆"
    assert BusinessRecord.objects.current().filter(uscc=TWO).count() == 2


@pytest.mark.parametrize(
    "missing", ["proprietor", "address", "town", "industry", "established_on", "registration_status"]
)
def test_any_column_may_be_missing(intake_clerk: User, missing: str, settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "rulebooks"
    shutil.copytree(Path(settings.RULEBOOKS_DIR), folder)
    facts = folder / "cn-999999-demo-variant" / "2024" / "facts.yaml"
    text = facts.read_text(encoding="utf-8")
    start = text.index("      proprietor_id: {header: 经营者证件号码摘要")
    columns = {
        "proprietor": "经营者", "address": "经营场所", "town": "所属镇街", "industry": "行业代码",
    }  # fmt: skip
    added = "".join(
        f"      {key}: {{header: {header}, type: text, class: public}}\n"
        for key, header in columns.items()
        if key != missing
    )
    facts.write_text(text[:start] + added + text[start:], encoding="utf-8")
    settings.RULEBOOKS_DIR = folder
    there = make_jurisdiction("999999", "虚构示例区", DEMO)
    regulator = make_organisation(DISTRICT_REGULATOR, "示例监管局", OrganisationKind.DEPARTMENT, there)
    clerk = make_officer(regulator, Role.INTAKE_CLERK, username="there")
    told = {
        "统一社会信用代码": ONE,
        "名称": "甲饭馆",
        **{header: "某" for key, header in columns.items() if key != missing},
    }
    file = csv([tuple(told), tuple(told.values())])
    assert delivered(by=clerk, source="registration", file=file, file_name="名册.csv", as_of=JULY).status == "accepted"
    one = Business.objects.get()
    assert not getattr(one, missing)
    assert {getattr(one, key) for key in columns if key != missing} == {"某"}
