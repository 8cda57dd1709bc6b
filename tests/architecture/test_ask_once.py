"""一次不问两遍: no form of a proprietor asks for what a department's table supplies."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import pytest
from django.forms import BaseForm

from jieti.registry.ask_once import faults_of
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web import proprietor
from tests.architecture.tree import below, name

INPUT = re.compile(r"<(?:input|select|textarea)\b[^>]*>", re.IGNORECASE)
HARMLESS = re.compile(r'type="(?:hidden|submit)"')


def forms() -> Iterator[type[BaseForm]]:
    for module in pkgutil.walk_packages(proprietor.__path__, f"{proprietor.__name__}."):
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(found, BaseForm) and found.__module__ == module.name:
                yield found


FORMS = sorted(set(forms()), key=lambda form: form.__qualname__)


def test_there_are_forms_to_look_at() -> None:
    assert len(FORMS) >= 2


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_form_asks_only_what_nobody_supplies(form: type[BaseForm]) -> None:
    assert faults_of(form, current_rulebook()) == []


def test_no_field_is_written_past_the_forms() -> None:
    found = {
        name(path): [one for one in INPUT.findall(path.read_text()) if not HARMLESS.search(one)]
        for path in below("src/jieti/templates/proprietor", ".html")
    }
    assert not {path: fields for path, fields in found.items() if fields}
