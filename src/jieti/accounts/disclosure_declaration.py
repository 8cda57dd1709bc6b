"""The one declaration of who may see what: fields of models from `data/disclosure.yaml`, departments' columns and the
facts drawn from them from the rulebook's own `disclosure.yaml`.

An item is named by a fact's key (`turnover`), by source and column (`tax.paid`) or by app, model and field
(`registry.Business.address`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from jieti.accounts.rulebook_files import stamp_of
from rulecore.model import Rulebook
from rulecore.source import lineage, load_rulebook
from rulecore.source.yamlfile import read_yaml

MODELS = Path(__file__).parent / "data" / "disclosure.yaml"
ANY = "any"
"""Every organisation of the jurisdiction."""


class DataClass(StrEnum):
    """How far data may go, with the word for it."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PERSONAL = "personal"
    IDENTITY = "identity"
    BUSINESS_SECRET = "business_secret"  # noqa: S105 - a class of data
    SPECIAL = "special"

    @property
    def is_protected(self) -> bool:
        """Whether only those named may see it, and their reading is recorded."""
        return self not in {DataClass.PUBLIC, DataClass.INTERNAL}

    @property
    def text(self) -> str:
        return _TEXTS[self]


_TEXTS = {
    DataClass.PUBLIC: "可以公开",
    DataClass.INTERNAL: "内部",
    DataClass.PERSONAL: "个人信息",
    DataClass.IDENTITY: "身份、鉴别信息",
    DataClass.BUSINESS_SECRET: "商业秘密",
    DataClass.SPECIAL: "敏感个人信息",
}
_OF_RULEBOOK = {"sensitive": DataClass.SPECIAL}
"""The rule language's word where it is not ours."""


@dataclass(frozen=True, slots=True)
class Use:
    """What protected data are handled for, on which basis, by whom, and how long they are kept (screen text).

    `seen_by` are keys of organisations, `roles` those of their roles that see the data on duty; `mask` is the kind of
    number that even they see only in part.
    """

    key: str
    label: str
    purpose: str
    basis: str
    clause: str
    seen_by: tuple[str, ...]
    roles: tuple[str, ...]
    retention: str
    mask: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One datum: its class and, if it is protected, its use. `seers` are the names of the bodies in its use."""

    key: str
    label: str
    data_class: DataClass
    use: Use | None = None
    seers: tuple[str, ...] = ()

    @property
    def withheld_note(self) -> str:
        """What stands in place of the value for those who may not see it."""
        if self.use is None or not self.use.seen_by:
            return "不予显示"
        return f"仅{'、'.join(self.seers)}和本人可见"


@cache
def declared_fields() -> Mapping[str, Item]:
    """Every declared field of every model. Raises KeyError or ValueError where the declaration contradicts itself."""
    document = read_yaml(MODELS).data
    duty = tuple(document["duty_roles"])
    uses = {key: _use(key, data, duty) for key, data in document["uses"].items()}
    classes = {key: DataClass(data["class"]) for key, data in document["uses"].items()}
    return {item.key: item for item in _fields(document["models"], uses, classes)}


def declared(rulebook: str, edition: str) -> Mapping[str, Item]:
    """Every item of a jurisdiction: fields of models, and its rulebook's columns and facts, as the files now are."""
    folder = Path(settings.RULEBOOKS_DIR) / rulebook / edition
    return _declared(folder, stamp_of(folder))


def uses_of(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """The uses in a rulebook's folder with those it inherits, as written. Raises RulebookError."""
    merged: dict[str, Mapping[str, Any]] = {}
    for ancestor in reversed(lineage(folder)):
        file = ancestor / "disclosure.yaml"
        if file.is_file():
            own = read_yaml(file, folder.parents[1] / "schema" / "disclosure.v1.json").data["uses"]
            merged = {key: data for key, data in {**merged, **own}.items() if data is not None}
    return merged


@lru_cache(maxsize=8)
def _declared(folder: Path, _: object) -> Mapping[str, Item]:
    book = load_rulebook(folder)
    duty = tuple(read_yaml(MODELS).data["duty_roles"])
    uses: dict[str, Use] = {}
    for key, data in uses_of(folder).items():
        use = _use(key, data, duty)
        uses |= dict.fromkeys(_listed(data), use)
    items = [*_columns_and_facts(book, uses), *declared_fields().values()]
    return {item.key: replace(item, seers=_seers(item.use, book)) for item in items}


def _use(key: str, data: Mapping[str, Any], duty: tuple[str, ...]) -> Use:
    texts = {name: data[name] for name in ("label", "purpose", "basis", "clause", "retention")}
    roles = tuple(data.get("roles", duty))
    return Use(key=key, seen_by=tuple(data["seen_by"]), roles=roles, mask=data.get("mask", ""), **texts)


def _fields(models: Mapping[str, Any], uses: Mapping[str, Use], classes: Mapping[str, DataClass]) -> Iterator[Item]:
    for model, groups in models.items():
        seen: set[str] = set()
        for group, names in groups.items():
            use = uses.get(group)
            for name in names:
                if name in seen:
                    raise ValueError(f"{model}.{name} is declared twice")
                seen.add(name)
                yield Item(f"{model}.{name}", use.label if use else "", classes.get(group) or DataClass(group), use)


def _listed(data: Mapping[str, Any]) -> Iterator[str]:
    """The columns and facts that a use names."""
    for source, columns in data.get("columns", {}).items():
        yield from (f"{source}.{column}" for column in columns)
    yield from data.get("facts", ())


def _columns_and_facts(book: Rulebook, uses: Mapping[str, Use]) -> Iterator[Item]:
    for source in book.sources.values():
        for column in source.columns.values():
            key = f"{source.key}.{column.key}"
            yield Item(key, f"{source.title}：{column.header}", _class(column.data_class), uses.get(key))
    for fact in book.facts.values():
        yield Item(fact.key, fact.label, _class(fact.data_class), uses.get(fact.key))


def _class(word: str) -> DataClass:
    return _OF_RULEBOOK.get(word) or DataClass(word)


def _seers(use: Use | None, book: Rulebook) -> tuple[str, ...]:
    if use is None:
        return ()
    return tuple("承办单位" if key == ANY else book.organisation(key) for key in use.seen_by)
