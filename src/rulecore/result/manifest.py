"""The manifest of a run: what went in, what judged it, what came out. docs/verify.md is its definition.

It names no moment and no machine, so that the same run writes the same manifest.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import rulecore
from rulecore.errors import FactsError, Problem, ReceiptError
from rulecore.plan import Plan
from rulecore.result.merkle import Proof, merkle_root
from rulecore.result.rows import RunReport

SEVERAL = "-"
"""How manifests and leaves write the tier of a row with several possible results."""

_HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_COUNT = {"type": "integer", "minimum": 0}


def _object(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_TEXT = {"type": "string"}
_MANIFEST = _object(
    manifest={"const": 1},
    rulecore=_TEXT,
    engine=_object(name=_TEXT, version=_TEXT),
    rulebook=_object(key=_TEXT, edition=_TEXT, sha256=_HASH),
    standard=_TEXT,
    as_of={"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    norms=_object(
        values={"type": "object", "additionalProperties": {"type": "string", "pattern": r"^\d+(\.\d+)?$"}}, sha256=_HASH
    ),
    inputs={"type": "array", "items": _object(file=_TEXT, sha256=_HASH)},
    rows=_COUNT,
    tiers={"type": "object", "additionalProperties": _COUNT},
    root={"oneOf": [_HASH, {"type": "null"}]},
)
_PROOF = _object(
    proof={"const": 1}, leaf=_TEXT, index=_COUNT, leaves=_COUNT, path={"type": "array", "items": _HASH}, root=_HASH
)


@dataclass(frozen=True)
class InputFile:
    """A file as it was given, before any conversion: its name (in its folder) and SHA-256."""

    file: str
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What one run was; `root` is None where none was asked for."""

    rulecore: str
    engine: str
    engine_version: str
    rulebook: str
    edition: str
    rulebook_sha256: str
    standard: str
    as_of: datetime.date
    norms: Mapping[str, str]
    norms_sha256: str
    inputs: tuple[InputFile, ...]
    rows: int
    tiers: Mapping[str, int]
    root: str | None

    def text(self) -> str:
        """The manifest as JSON."""
        data = {
            "manifest": 1,
            "rulecore": self.rulecore,
            "engine": {"name": self.engine, "version": self.engine_version},
            "rulebook": {"key": self.rulebook, "edition": self.edition, "sha256": self.rulebook_sha256},
            "standard": self.standard,
            "as_of": self.as_of.isoformat(),
            "norms": {"values": dict(self.norms), "sha256": self.norms_sha256},
            "inputs": [{"file": item.file, "sha256": item.sha256} for item in self.inputs],
            "rows": self.rows,
            "tiers": dict(self.tiers),
            "root": self.root,
        }
        return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def manifest_of(
    plan: Plan,
    report: RunReport,
    *,
    engine: str,
    engine_version: str,
    facts: Path,
    results: Path,
    with_root: bool = True,
) -> Manifest:
    """The manifest of a run of `plan` over `facts` (as given) that wrote `results`.

    Raises:
        FactsError: a file is missing, or the results have rows without a key.
    """
    norms = norms_text(plan.norms)
    return Manifest(
        rulecore=rulecore.__version__,
        engine=engine,
        engine_version=engine_version,
        rulebook=plan.rulebook.key,
        edition=plan.rulebook.edition,
        rulebook_sha256=plan.rulebook.sha256,
        standard=plan.standard.key,
        as_of=plan.as_of,
        norms=norms,
        norms_sha256=norms_hash(norms),
        inputs=input_files(facts),
        rows=report.rows,
        tiers={key or SEVERAL: report.tiers.get(key, 0) for key in (*plan.outcomes, None)},
        root=merkle_root(results).hex() if with_root else None,
    )


def norms_text(norms: Mapping[str, Decimal]) -> dict[str, str]:
    """Amounts as the shortest decimal text (300000, 0.5), in the order of their keys."""
    return {key: format(value.normalize() + 0, "f") for key, value in sorted(norms.items())}


def norms_hash(norms: Mapping[str, str]) -> str:
    """SHA-256 of a line `key=amount` for each norm, in the order of the keys, each line ended by a line feed."""
    lines = "".join(f"{key}={value}\n" for key, value in sorted(norms.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def input_files(given: Path) -> tuple[InputFile, ...]:
    """The hash of a file, or of each Parquet file of a folder.

    Raises:
        FactsError: there is no such file or folder.
    """
    if given.is_dir():
        return tuple(_hashed(file, file.relative_to(given).as_posix()) for file in sorted(given.rglob("*.parquet")))
    if not given.is_file():
        raise FactsError(Problem(str(given), "there is no such file"))
    return (_hashed(given, given.name),)


def _hashed(path: Path, name: str) -> InputFile:
    with path.open("rb") as file:
        return InputFile(name, hashlib.file_digest(file, "sha256").hexdigest())


def read_manifest(path: Path) -> Manifest:
    """A manifest from its file.

    Raises:
        ReceiptError: the file is unreadable or no manifest; what is wrong is named.
    """
    data = _read(path, _MANIFEST)
    try:
        as_of = datetime.date.fromisoformat(data["as_of"])
    except ValueError as error:
        raise ReceiptError(Problem(str(path), "is no day", where="as_of", value=data["as_of"])) from error
    return Manifest(
        rulecore=data["rulecore"],
        engine=data["engine"]["name"],
        engine_version=data["engine"]["version"],
        rulebook=data["rulebook"]["key"],
        edition=data["rulebook"]["edition"],
        rulebook_sha256=data["rulebook"]["sha256"],
        standard=data["standard"],
        as_of=as_of,
        norms=data["norms"]["values"],
        norms_sha256=data["norms"]["sha256"],
        inputs=tuple(InputFile(**item) for item in data["inputs"]),
        rows=data["rows"],
        tiers=data["tiers"],
        root=data["root"],
    )


def proof_text(proof: Proof, root: bytes) -> str:
    """A proof as JSON."""
    data = {
        "proof": 1,
        "leaf": proof.leaf,
        "index": proof.index,
        "leaves": proof.size,
        "path": [item.hex() for item in proof.path],
        "root": root.hex(),
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def read_proof(path: Path) -> tuple[Proof, bytes]:
    """A proof and the root to which it says it leads.

    Raises:
        ReceiptError: the file is unreadable or no proof.
    """
    data = _read(path, _PROOF)
    way = tuple(bytes.fromhex(item) for item in data["path"])
    return Proof(data["leaf"], data["index"], data["leaves"], way), bytes.fromhex(data["root"])


def _read(path: Path, schema: dict[str, object]) -> dict[str, Any]:
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReceiptError(Problem(str(path), f"cannot be read: {error}")) from error
    import jsonschema  # slow to load, and few read receipts

    errors = jsonschema.Draft202012Validator(schema).iter_errors(data)
    problems = [
        Problem(str(path), error.message, where="/".join(str(part) for part in error.absolute_path)) for error in errors
    ]
    if problems:
        raise ReceiptError(*problems)
    return data


def differences(said: Manifest, found: Manifest) -> Iterator[str]:
    """What a manifest says otherwise than a run that was made to check it; who ran it, and when, may differ."""
    if said.norms_sha256 != norms_hash(said.norms):
        yield "norms: their hash is not the hash of the amounts beside it"
    for name in ("rulebook", "edition", "rulebook_sha256", "standard", "as_of", "norms"):
        yield from _difference(name, getattr(said, name), getattr(found, name))
    yield from _inputs(said.inputs, found.inputs)
    yield from _difference("rows", said.rows, found.rows)
    for tier in sorted({*said.tiers, *found.tiers}):
        yield from _difference(f"tier {tier}", said.tiers.get(tier, 0), found.tiers.get(tier, 0))
    if said.root is not None and found.root is not None:
        yield from _difference("root", said.root, found.root)


def _difference(name: str, said: object, found: object) -> Iterator[str]:
    if said != found:
        yield f"{name}: the manifest says {said}, found {found}"


def _inputs(said: tuple[InputFile, ...], found: tuple[InputFile, ...]) -> Iterator[str]:
    """Files by content: a file that only has another name is the same file."""
    there, here = {item.sha256 for item in said}, {item.sha256 for item in found}
    yield from (f"input {item.file}: was not among the files of the run" for item in found if item.sha256 not in there)
    yield from (f"input {item.file}: is missing or not the same" for item in said if item.sha256 not in here)
    if there == here and len(said) != len(found):
        yield f"inputs: the run read {len(said)} files, found {len(found)}"
