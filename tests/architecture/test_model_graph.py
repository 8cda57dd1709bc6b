"""Foreign keys run the same way as imports: a key by name, "appeals.Appeal", passes every import checker."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db import models

from jieti.audit.models import Event
from tests.architecture.tree import pyproject


def ranks() -> dict[str, int]:
    """Part of the product → its height in the first contract of pyproject.toml, 0 at the top."""
    contract = next(c for c in pyproject()["tool"]["importlinter"]["contracts"] if c["containers"] == ["jieti"])
    return {part: height for height, layer in enumerate(contract["layers"]) for part in re.findall(r"\w+", layer)}


def part_of(model: type[models.Model]) -> str | None:
    """`registry` for jieti.registry.models; None for models of libraries."""
    parts = model.__module__.split(".")
    return parts[1] if parts[0] == "jieti" else None


def relations() -> Iterator[tuple[type[models.Model], models.Field[object, object], type[models.Model]]]:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields(include_hidden=True):
            if isinstance(field, models.Field) and isinstance(field.related_model, type):
                yield model, field, field.related_model


def test_foreign_keys_point_down() -> None:
    height = ranks()
    upward = []
    for model, field, target in relations():
        source, goal = part_of(model), part_of(target)
        if source and goal and source != goal and height[goal] <= height[source]:
            upward.append(f"{model._meta.label}.{field.name} → {target._meta.label}")
    assert not upward


def test_the_walk_sees_relations() -> None:
    assert any(part_of(model) == "accounts" for model, _, _ in relations())


def test_the_audit_record_depends_on_no_row() -> None:
    assert not [field for model, field, _ in relations() if model is Event]
