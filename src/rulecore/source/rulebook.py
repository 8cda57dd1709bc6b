"""A folder of files → Rulebook."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from rulecore.errors import Problem, RulebookError
from rulecore.model import TIERS, Fact, Jurisdiction, Parameter, Rulebook, Scale, Source, Standard
from rulecore.source import builders
from rulecore.source.expressions import ExpressionError
from rulecore.source.folder import Folder, read_folder
from rulecore.source.resolve import Names

_T = TypeVar("_T")


def load_rulebook(folder: Path) -> Rulebook:
    """Read the rulebook in `folder`, with what it inherits.

    Its schemas are looked up in `schema/` of the nearest parent folder that has one.

    Raises:
        RulebookError: naming every file and line that does not fit.
    """
    return _Loader(read_folder(folder)).rulebook()


class _Loader:
    """Builds the model, collecting what cannot be read, with file and line, instead of stopping at the first."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._problems: list[Problem] = []

    def rulebook(self) -> Rulebook:
        head = self._folder.head
        book = self._contents()
        if self._problems:
            raise RulebookError(*self._problems)
        return Rulebook(
            key=head["key"],
            edition=head["edition"],
            title=head["title"],
            jurisdiction=Jurisdiction(**head["jurisdiction"]),
            document=head["document"],
            valid_from=head["valid_from"],
            valid_to=head.get("valid_to"),
            parents=tuple(head.get("parents", ())),
            subject_key=head["subject_key"],
            procedure=self._folder.parts.get("procedure", {}),
            organisations=self._organisations(),
            sha256=self._folder.sha256,
            lines=self._folder.places,
            **book,
        )

    def _contents(self) -> dict[str, Any]:
        parts = self._folder.parts
        given = parts["facts"]
        scales = self._each("scales", given.get("scales", {}), builders.scale)
        sources = self._each("sources", given["sources"], partial(builders.source, scales=scales))
        parameters = self._each("parameters", parts["parameters"]["parameters"], builders.parameter)
        facts = self._facts(given["facts"], sources, scales, parameters)
        names = Names(
            types={key: fact.type for key, fact in facts.items()},
            scales=scales,
            scale_of={key: fact.scale for key, fact in facts.items() if fact.scale},
            parameters=parameters,
        )
        return {
            "sources": sources,
            "facts": facts,
            "parameters": parameters,
            "standards": self._standards(names),
        }

    def _facts(
        self,
        given: Mapping[str, Any],
        sources: Mapping[str, Source],
        scales: Mapping[str, Scale],
        parameters: Mapping[str, Parameter],
    ) -> dict[str, Fact]:
        def read(key: str, data: Mapping[str, Any]) -> Fact:
            columns = sources[builders.source_of(data)].columns if builders.source_of(data) in sources else {}
            names = Names(
                types={name: column.type for name, column in columns.items()},
                scales=scales,
                scale_of={name: column.scale for name, column in columns.items() if column.scale},
                parameters=parameters,
            )
            return builders.fact(key, data, sources, scales, names)

        return self._each("facts", given, read)

    def _standards(self, names: Names) -> dict[str, Standard]:
        parts = self._folder.parts
        tiers = {"title": "分型", "clause": "附件一", **parts["tiers"]}
        standards = {TIERS: self._standard((), TIERS, tiers, names)}
        for key, data in parts.get("categories", {}).get("standards", {}).items():
            standards[key] = self._standard(("standards", key), key, data, names)
        return standards

    def _standard(self, path: tuple[str, ...], key: str, data: Mapping[str, Any], names: Names) -> Standard:
        criteria = self._each_at((*path, "criteria"), data["criteria"], partial(builders.criterion, names=names))
        outcomes = [
            self._item((*path, "outcomes", str(index)), partial(builders.outcome, item, names))
            for index, item in enumerate(data["outcomes"])
        ]
        return Standard(key, data["title"], data["clause"], criteria, tuple(outcomes), tuple(data["ladder"]))

    def _organisations(self) -> dict[str, str]:
        """Names of the bodies that supply data and of the roles that state facts; without the file, keys explain."""
        part = self._folder.parts.get("organisations", {})
        return {**{item["key"]: item["name"] for item in part.get("organisations", ())}, **part.get("roles", {})}

    def _each(self, section: str, items: Mapping[str, Any], read: Callable[[str, Any], _T]) -> dict[str, _T]:
        return self._each_at((section,), items, read)

    def _each_at(
        self, path: tuple[str, ...], items: Mapping[str, Any], read: Callable[[str, Any], _T]
    ) -> dict[str, _T]:
        return {key: self._item((*path, key), partial(read, key, data)) for key, data in items.items()}

    def _item(self, path: tuple[str, ...], read: Callable[[], _T]) -> _T:
        try:
            return read()
        except (ExpressionError, KeyError, TypeError, AttributeError) as error:
            file, line = self._folder.place((*path, "when"))
            self._problems.append(Problem(file, str(error), line, ".".join(path)))
            return None  # type: ignore[return-value]  # never used: the loader raises when problems exist
