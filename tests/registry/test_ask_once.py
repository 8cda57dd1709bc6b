"""What a connected table supplies is not asked; every fact of every standard has somebody who brings it."""

from django import forms

from jieti.registry.ask_once import Datum, Own, faults_of, supplier_of_datum, supplies
from jieti.rulebooks.catalogue import current_rulebook


def form(asks: dict[str, Own | Datum]) -> type[forms.Form]:
    class Asking(forms.Form):
        amount = forms.CharField()

    Asking.asks = asks  # type: ignore[attr-defined]
    return Asking


def test_asking_for_a_supplied_fact_or_column_is_a_fault() -> None:
    book = current_rulebook()
    for name, title in (
        ("facts.turnover", "年度报告"),
        ("registration.phone", "登记注册信息"),
        ("tax.paid", "税务信息"),
    ):
        (fault,) = faults_of(form({"amount": Datum(name)}), book)
        assert title in fault
        assert "不得" in fault


def test_asking_for_what_people_judge_is_none() -> None:
    book = current_rulebook()
    given = next(fact.key for fact in book.facts.values() if fact.derivation.how == "given")
    assert supplier_of_datum(f"facts.{given}", book) is None
    assert faults_of(form({"amount": Datum(f"facts.{given}")}), book) == []


def test_undeclared_unknown_and_unexplained_questions() -> None:
    book = current_rulebook()
    assert "没有说明问的是什么" in faults_of(form({}), book)[0]
    assert "没有这个字段" in faults_of(form({"amount": Own("因为"), "other": Own("因为")}), book)[0]
    assert "为什么" in faults_of(form({"amount": Own(" ")}), book)[0]
    for missing in ("facts.nothing", "nowhere.column", "tax.nothing"):
        assert missing in faults_of(form({"amount": Datum(missing)}), book)[0]


def test_every_fact_of_every_standard_has_its_supplier() -> None:
    book = current_rulebook()
    found = supplies(book)
    assert set(found) == {fact for standard in book.standards for fact in book.facts_of(standard)}
    for supply in found.values():
        assert supply.source in {*book.sources, ""}
        assert supply.supplier
    assert found["turnover"].source == "annual_reports"
    assert found["tax_paid"].supplier == "tax_bureau"


def test_whoever_judges_has_evidence_to_look_at() -> None:
    judged = [supply for supply in supplies(current_rulebook()).values() if supply.supplier == "reviewer"]
    assert judged
    assert not [supply.fact for supply in judged if not supply.evidence]
