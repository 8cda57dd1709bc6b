"""The files of a rulebook's folder and of the rulebook it extends, merged: the child says only what differs.

In facts, parameters, tiers, categories and procedure an entry of the child replaces the parent's entry of the same key,
and `null` removes it; lists are replaced whole. Who issued what (`rulebook.yaml`) is never inherited.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rulecore.errors import Problem, RulebookError
from rulecore.source.yamlfile import YamlFile, read_yaml

HEAD = "rulebook"
NEEDED = ("facts", "parameters", "tiers")
OPTIONAL = ("categories", "procedure", "organisations")

Path_ = tuple[str, ...]
Place = tuple[str, int]


@dataclass(frozen=True)
class Folder:
    """The merged data of each part, the place of every key, the digest of everything that was read."""

    head: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, Any]]
    places: Mapping[Path_, Place]
    sha256: str

    def place(self, path: Path_) -> Place:
        """File and line of the deepest known part of `path`."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                return self.places[path[:length]]
        return str(self.head["key"]), 1


def read_folder(folder: Path) -> Folder:
    """Read a rulebook's folder and, below it, what it extends.

    Raises:
        RulebookError: a file is missing, unreadable, or does not fit its schema; a rulebook extends itself.
    """
    merged = _read(folder.resolve(), ())
    missing = [part for part in NEEDED if part not in merged.parts]
    if missing:
        raise RulebookError(*(Problem(str(folder / f"{part}.yaml"), "is missing") for part in missing))
    return merged


def lineage(folder: Path) -> tuple[Path, ...]:
    """The folder of a rulebook and those of the rulebooks that it extends, nearest first.

    Raises:
        RulebookError: one of them has no readable `rulebook.yaml`.
    """
    found = [folder.resolve()]
    while extended := read_yaml(found[-1] / f"{HEAD}.yaml").data.get("extends"):
        found.append(_schemas(found[-1]).parent / extended)
        if found[-1] in found[:-1]:
            raise RulebookError(Problem(str(found[-1]), "extends itself"))
    return tuple(found)


def _schemas(folder: Path) -> Path:
    schemas = next((p / "schema" for p in folder.parents if (p / "schema").is_dir()), None)
    if schemas is None:
        raise RulebookError(Problem(str(folder), "no folder `schema` above it"))
    return schemas


def _read(folder: Path, trail: tuple[Path, ...]) -> Folder:
    if folder in trail:
        raise RulebookError(Problem(str(folder), "extends itself"))
    schemas = _schemas(folder)
    files = _files(folder, schemas)
    head = files.pop(HEAD)
    own = Folder(
        head=head.data,
        parts={part: file.data for part, file in files.items()},
        places={path: (str(file.path), line) for file in (head, *files.values()) for path, line in file.lines.items()},
        sha256=_digest(folder),
    )
    extended = head.data.get("extends")
    return own if extended is None else _merged(_read(schemas.parent / extended, (*trail, folder)), own)


def _files(folder: Path, schemas: Path) -> dict[str, YamlFile]:
    if not (folder / f"{HEAD}.yaml").is_file():
        raise RulebookError(Problem(str(folder / f"{HEAD}.yaml"), "is missing"))
    files: dict[str, YamlFile] = {}
    problems: list[Problem] = []
    for part in (HEAD, *NEEDED, *OPTIONAL):
        path = folder / f"{part}.yaml"
        if not path.is_file():
            continue
        try:
            files[part] = read_yaml(path, schemas / f"{part}.v1.json")
        except RulebookError as error:
            problems.extend(error.problems)
    if problems:
        raise RulebookError(*problems)
    return files


def _digest(folder: Path) -> str:
    """SHA-256 over names and bytes of every YAML file of the folder: the identity of this law."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(f"{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _merged(parent: Folder, child: Folder) -> Folder:
    parts = dict(parent.parts)
    for part, data in child.parts.items():
        parts[part] = _overridden(parts.get(part, {}), data)
    digest = hashlib.sha256(f"{parent.sha256}\n{child.sha256}".encode()).hexdigest()
    return Folder(child.head, parts, {**parent.places, **child.places}, digest)


def _overridden(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    """Sections are merged key by key; everything else of the child replaces the parent's."""
    result = dict(parent)
    for name, value in child.items():
        inherited = parent.get(name)
        if isinstance(value, Mapping) and isinstance(inherited, Mapping):
            result[name] = dict(_entries(inherited, value))
        else:
            result[name] = value
    return result


def _entries(parent: Mapping[str, Any], child: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in {**parent, **child}.items():
        if value is not None:
            yield key, value
