"""The policy library 政策库: documents with their identity and parents, criteria with examples, exemptions, questions.

What it says of a criterion is the rulebook's own sentence; `library.yaml` beside it adds what a rulebook does not hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.model import Rulebook
from rulecore.source import lineage, load_rulebook, read_yaml

IDENTITY = {
    "index": "索引号",
    "number": "文号",
    "made_on": "成文日期",
    "issued_on": "发布日期",
    "status": "状态",
    "issuer": "发布机构",
    "subject": "主题",
}
"""The seven fields by which a document is known (题头 1–7)."""
NOT_FOUND = "没有查到"
SCHEMA = "library.v1.json"
EMPTY: Mapping[str, Any] = {"laws": (), "exemptions": (), "questions": (), "terms": (), "examples": {}}


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A document: its identity field by field, and the numbers of those that it was made under, nearest first."""

    title: str
    identity: tuple[tuple[str, str], ...]
    parents: tuple[str, ...]

    @property
    def number(self) -> str:
        return dict(self.identity)[IDENTITY["number"]]


@dataclass(frozen=True, slots=True)
class PlainCriterion:
    """A criterion in one sentence, with an example; `example` is empty where the library has none."""

    standard: str
    label: str
    sentence: str
    example: str
    clause: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """A kind of exemption: condition and law, and the lists that departments have published."""

    key: str
    title: str
    condition: str
    clause: str
    law: str
    text: str
    lists: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Library:
    """Everything of a jurisdiction's library."""

    documents: tuple[PolicyDocument, ...]
    criteria: tuple[PlainCriterion, ...]
    exemptions: tuple[Exemption, ...]
    questions: tuple[Mapping[str, str], ...]
    terms: tuple[Mapping[str, str], ...]


def library_of(jurisdiction: Jurisdiction | None = None) -> Library:
    """The library of a jurisdiction, by default of the site's own, as the files now are."""
    folder = folder_of(jurisdiction)
    path = folder / "library.yaml"
    return _library(folder, current_rulebook(jurisdiction).sha256, path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=8)
def _library(folder: Path, _rules: str, _changed: int) -> Library:
    path, books = folder / "library.yaml", [load_rulebook(one) for one in lineage(folder)]
    data = read_yaml(path, folder.parents[1] / "schema" / SCHEMA).data if path.exists() else EMPTY
    laws = {law["key"]: law for law in data["laws"]}
    return Library(
        documents=tuple(_documents(books)),
        criteria=tuple(_criteria(books[0], data["examples"])),
        exemptions=tuple(_exemption(one, laws[one["law"]], books[0]) for one in data["exemptions"]),
        questions=tuple(data["questions"]),
        terms=tuple(data["terms"]),
    )


def _documents(books: list[Rulebook]) -> list[PolicyDocument]:
    """The rulebooks' documents, nearest first, then the parents of which only title and number are known."""
    found = {str(book.document["number"]): _document(book) for book in books if book.document.get("number")}
    for book in books:
        for parent in book.parents:
            number = parent["number"]
            above = tuple(one["number"] for one in book.parents[book.parents.index(parent) + 1 :])
            known = _identity({"number": number})
            found.setdefault(number, PolicyDocument(parent["title"], known, above))
    return list(found.values())


def _document(book: Rulebook) -> PolicyDocument:
    return PolicyDocument(book.title, _identity(book.document), tuple(one["number"] for one in book.parents))


def _identity(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((label, str(document.get(key) or NOT_FOUND)) for key, label in IDENTITY.items())


def _criteria(book: Rulebook, examples: Mapping[str, Mapping[str, str]]) -> list[PlainCriterion]:
    return [
        PlainCriterion(standard.title, one.label, one.sentence, examples.get(key, {}).get(one.key, ""), one.clause)
        for key, standard in book.standards.items()
        for one in standard.criteria.values()
    ]


def _exemption(one: Mapping[str, Any], law: Mapping[str, str], book: Rulebook) -> Exemption:
    lists = tuple(
        {**listed, "name": book.organisation(listed["department"]), "matters": listed["items"]}
        for listed in one["lists"]
    )
    return Exemption(one["key"], one["title"], one["condition"], one["clause"], law["title"], law["text"], lists)
