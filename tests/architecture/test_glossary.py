"""One term, one identifier, one Chinese label."""

import enum
import importlib
import pkgutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.db import models

import jieti
from tests.architecture.tree import ROOT


def terms() -> dict[str, str]:
    """Identifier → Chinese term."""
    listed = yaml.safe_load((ROOT / "docs" / "glossary.yaml").read_text())["terms"]
    return {one["id"]: one["zh"] for one in listed}


def choices() -> Iterator[tuple[str, str]]:
    """Enum members that people read, as (`Class.MEMBER` or `Model.Class.MEMBER`, label)."""
    for info in pkgutil.walk_packages(jieti.__path__, "jieti."):
        if ".models" not in info.name and not info.name.endswith(".domain.terms"):
            continue
        for found in enumerations(importlib.import_module(info.name)):
            yield from ((f"{found.__qualname__}.{member.name}", str(member.label)) for member in found)


def enumerations(holder: Any) -> Iterator[Any]:
    for value in vars(holder).values():
        if isinstance(value, type) and value.__module__ == (getattr(holder, "__module__", None) or holder.__name__):
            if issubclass(value, enum.Enum) and all(hasattr(member, "label") for member in value):
                yield value
            elif issubclass(value, models.Model):
                yield from enumerations(value)


def our_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("jieti.")]


def test_identifiers_stand_once() -> None:
    listed = yaml.safe_load((ROOT / "docs" / "glossary.yaml").read_text())["terms"]
    assert not [key for key, times in Counter(one["id"] for one in listed).items() if times > 1]


def test_the_search_sees_choices_inside_and_outside_models() -> None:
    found = {key for key, _ in choices()}
    assert {"Role.REVIEWER", "Tier.SURVIVAL", "RegistrationStatus.ACTIVE"} <= found
    assert "Run.Status.DONE" in found


def test_every_choice_is_called_as_in_the_glossary() -> None:
    known = terms()
    assert not [f"{key} {label} ({known.get(key)})" for key, label in choices() if known.get(key) != label]


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model.__name__)
def test_every_model_is_called_as_in_the_glossary(model: type[models.Model]) -> None:
    assert terms().get(model.__name__) == model._meta.verbose_name
