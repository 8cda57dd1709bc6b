"""The library: documents with all seven fields, an example for every criterion, no list that nobody published."""

import pytest
import yaml
from django.test import Client
from jsonschema import Draft202012Validator
from pytest_django import DjangoAssertNumQueries, Settings

from jieti.dashboards.library import IDENTITY, NOT_FOUND, library_of
from jieti.rulebooks.catalogue import current_rulebook
from tests.rulebooks.files import HUAIROU, schema_of

PAGES = ("/library/", "/library/criteria/", "/library/exemptions/", "/library/questions/")


@pytest.mark.clause("题头 1–7")
def test_the_document_has_its_seven_fields_and_its_parents() -> None:
    first, *others = library_of().documents
    assert [label for label, _ in first.identity] == list(IDENTITY.values())
    assert dict(first.identity)["索引号"] == "11R000/ZK-2024-000185"
    assert NOT_FOUND not in [value for _, value in first.identity]
    assert first.parents == ("京市监发〔2024〕61号", "国市监注发〔2024〕10号")
    assert [one.number for one in others] == list(first.parents)
    assert dict(others[-1].identity)["索引号"] == NOT_FOUND


def test_every_criterion_has_a_sentence_and_an_example() -> None:
    criteria = library_of().criteria
    assert len(criteria) == sum(len(one.criteria) for one in current_rulebook().standards.values())
    assert [(one.standard, one.label) for one in criteria if not one.example or not one.sentence] == []


def test_no_example_is_of_a_criterion_that_is_not_there() -> None:
    book = current_rulebook()
    named = yaml.safe_load((HUAIROU / "library.yaml").read_text(encoding="utf-8"))["examples"]
    assert named.keys() == book.standards.keys()
    assert all(named[key].keys() == standard.criteria.keys() for key, standard in book.standards.items())


@pytest.mark.clause("正文二(三)6.h")
def test_exemptions_cite_the_law_and_invent_no_list() -> None:
    found = {one.title: one for one in library_of().exemptions}
    assert found.keys() == {"轻微免罚", "首违不罚"}
    assert all("行政处罚法" in one.law and "第三十三条" in one.law for one in found.values())
    assert "初次违法且危害后果轻微并及时改正的，可以不予行政处罚" in found["首违不罚"].text
    assert all(one.lists == () for one in found.values())


def test_a_departments_list_has_a_form_that_it_must_keep() -> None:
    path = HUAIROU / "library.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    listed = {"department": "tax_bureau", "document": "清单", "published_on": "2025-01-01", "items": []}
    data["exemptions"][0]["lists"] = [listed]
    assert [error.validator for error in Draft202012Validator(schema_of(path)).iter_errors(data)] == ["minItems"]


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_anybody_reads_it_and_the_database_is_not_asked(
    path: str, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        text = client.get(path).content.decode()
    assert "政策库" in text


@pytest.mark.django_db
def test_an_empty_place_is_marked_as_one(client: Client) -> None:
    text = client.get("/library/exemptions/").content.decode()
    assert text.count("清单还没有提供") == 2


def test_a_rulebook_without_a_library_has_documents_and_criteria_alone(settings: Settings) -> None:
    settings.JURISDICTION = "cn-999999-demo-variant"
    found = library_of()
    assert found.documents
    assert found.criteria
    assert (found.exemptions, found.questions, found.terms) == ((), (), ())
