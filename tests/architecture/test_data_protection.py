"""Every datum has a class; every protected one a purpose, those who may see it, and a place in docs/privacy.md."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from jieti.accounts.disclosure_declaration import ANY, DataClass, Item, declared, declared_fields, uses_of
from jieti.accounts.disclosure_page import page
from jieti.accounts.models import Role
from jieti.kit.protection import EncryptedTextField
from rulecore.source import load_rulebook
from rulecore.source.yamlfile import read_yaml
from tests.architecture.tree import ROOT

RULEBOOKS = ROOT / "rulebooks"
FOLDERS = sorted(path.parent for path in RULEBOOKS.glob("*/*/rulebook.yaml"))


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("jieti.")]


def fields_of(model: type[models.Model]) -> Iterator[str]:
    """What the model itself keeps: columns and many-to-many tables, not others' relations to it."""
    for field in (*model._meta.local_fields, *model._meta.local_many_to_many):
        yield f"{model._meta.label}.{field.name}"


def undeclared(found: list[type[models.Model]]) -> set[str]:
    return {key for model in found for key in fields_of(model)} - declared_fields().keys()


def items(folder: Path) -> dict[str, Item]:
    return dict(declared(folder.parent.name, folder.name))


def test_every_field_of_every_model_has_a_class() -> None:
    assert not undeclared(our_models())


def test_no_declaration_outlives_its_field() -> None:
    existing = {key for model in our_models() for key in fields_of(model)}
    assert not declared_fields().keys() - existing


def test_a_new_field_is_missed() -> None:
    class Meta:
        app_label = "accounts"
        abstract = False

    model = type("Neighbour", (models.Model,), {"__module__": "jieti.accounts.models", "Meta": Meta,
                                                "income": models.IntegerField()})  # fmt: skip
    try:
        assert undeclared([model]) == {"accounts.Neighbour.id", "accounts.Neighbour.income"}
    finally:
        del apps.all_models["accounts"]["neighbour"]
        apps.clear_cache()


def test_encrypted_fields_are_declared_protected() -> None:
    encrypted = {
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.local_fields
        if isinstance(field, EncryptedTextField) or field.name.endswith("_cipher")
    }
    assert encrypted
    assert all(declared_fields()[key].data_class.is_protected for key in encrypted)


def test_what_is_kept_encrypted_is_masked_on_the_screen() -> None:
    ciphers = [item for key, item in declared_fields().items() if key.endswith("_cipher")]
    assert ciphers
    assert all(item.use and item.use.mask for item in ciphers)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_protected_column_and_fact_stands_under_a_use(folder: Path) -> None:
    assert not [key for key, item in items(folder).items() if item.data_class.is_protected and item.use is None]
    assert not [key for key, item in items(folder).items() if not item.data_class.is_protected and item.use]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_uses_name_what_exists_and_each_thing_once(folder: Path) -> None:
    book = load_rulebook(folder)
    existing = {f"{source.key}.{column}" for source in book.sources.values() for column in source.columns}
    existing |= book.facts.keys()
    own = read_yaml(folder / "disclosure.yaml", RULEBOOKS / "schema" / "disclosure.v1.json").data["uses"]
    assert not [name for data in own.values() if data for name in listed(data) if name not in existing]
    everything = [name for data in uses_of(folder).values() for name in listed(data) if name in existing]
    assert len(everything) == len(set(everything))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_uses_name_organisations_of_the_rulebook(folder: Path) -> None:
    book = load_rulebook(folder)
    named = {key for data in uses_of(folder).values() for key in data["seen_by"]}
    assert not named - book.organisations.keys()


def test_uses_of_fields_name_known_organisations_and_roles() -> None:
    uses = {item.use.key: item.use for item in declared_fields().values() if item.use}
    known = {ANY, *load_rulebook(RULEBOOKS / "cn-110116-huairou" / "2024").organisations}
    assert not {key for use in uses.values() for key in use.seen_by} - known
    assert not {role for use in uses.values() for role in use.roles} - set(Role.values)


def test_uses_cite_clauses_that_exist() -> None:
    """A use cites a clause of the register or a part that the register divides further."""
    register = [entry["clause"] for entry in read_yaml(ROOT / "docs" / "clauses.yaml").data["clauses"]]
    cited = {item.use.clause for item in items(RULEBOOKS / "cn-110116-huairou" / "2024").values() if item.use}
    assert not [one for one in cited if one and not any(clause.startswith(one) for clause in register)]


def test_nothing_of_the_public_directory_is_protected() -> None:
    entry = [item for key, item in declared_fields().items() if key.startswith("directory.DirectoryEntry.")]
    assert entry
    assert all(item.data_class is DataClass.PUBLIC for item in entry)


def test_the_privacy_page_is_up_to_date() -> None:
    assert (ROOT / "docs" / "privacy.md").read_text() == page(), "run: python scripts/privacy.py"


def listed(data: Mapping[str, Any]) -> Iterator[str]:
    """The columns and facts that a use names, as written."""
    for source, names in data.get("columns", {}).items():
        yield from (f"{source}.{name}" for name in names)
    yield from data.get("facts", ())
