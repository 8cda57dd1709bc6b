"""Receipts: run again and compare; prove that one result is among those of a run."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from rulecore.cli.app import FactsOption, app, errors, output, progress, refusing
from rulecore.cli.norms import amount
from rulecore.engines import NAMES, load, version
from rulecore.errors import Problem, ReceiptError
from rulecore.plan import bind
from rulecore.result import Manifest, differences, manifest_of, merkle_root, proof_text, prove, read_manifest
from rulecore.source import facts_as_parquet, load_rulebook

ManifestArgument = Annotated[Path, typer.Argument(help="Manifest that a run wrote", show_default=False)]
RulebookOption = Annotated[Path, typer.Option("--rulebook", help="Folder of the rulebook")]
ResultsOption = Annotated[Path, typer.Option("--results", help="Results of the run: a Parquet file or a folder")]


@app.command("verify")
def verify_command(
    manifest: ManifestArgument,
    rulebook: RulebookOption,
    facts: FactsOption,
    results: Annotated[Path | None, typer.Option("--results", help="Results to compare with the root as well")] = None,
    engine: Annotated[str | None, typer.Option("--engine", help=f"One of {', '.join(NAMES)}; default: as then")] = None,
) -> None:
    """Run again and compare rulebook, norms, inputs, counts and root. Exit code 1: something differs."""
    with refusing():
        said = read_manifest(manifest)
        chosen = engine or said.engine
        with progress(f"{chosen}: {facts}"):
            found = _run_again(said, rulebook, facts, chosen)
        wrong = list(differences(said, found))
        if results is not None:
            wrong += _of_results(said, results)
    for text in wrong:
        errors.print(f"differs: {text}", style="red", markup=False)
    _tell(said, found)
    if wrong:
        raise typer.Exit(1)


def _run_again(said: Manifest, rulebook: Path, facts: Path, engine: str) -> Manifest:
    book = load_rulebook(rulebook)
    norms = {key: amount(Path("manifest"), key, value, 1) for key, value in said.norms.items()}
    if said.standard not in book.standards:
        raise ReceiptError(Problem(str(rulebook), "has no such standard", where="standard", value=said.standard))
    plan = bind(book, as_of=said.as_of, norms=norms, standard=said.standard)
    with TemporaryDirectory() as workspace:
        files = facts_as_parquet(book, facts, Path(workspace), said.standard)
        out = Path(workspace) / "again.results"
        report = load(engine).run(plan, files, out)
        return manifest_of(
            plan,
            report,
            engine=engine,
            engine_version=version(engine),
            facts=facts,
            results=out,
            with_root=said.root is not None,
        )


def _of_results(said: Manifest, results: Path) -> list[str]:
    if said.root is None:
        return ["results: the manifest has no root to compare them with"]
    found = merkle_root(results).hex()
    return [] if found == said.root else [f"results: the manifest's root is {said.root}, theirs {found}"]


def _tell(said: Manifest, found: Manifest) -> None:
    then, now = (f"{item.engine} {item.engine_version}, rulecore {item.rulecore}" for item in (said, found))
    output.print(f"run with {then}\nchecked with {now}", markup=False)
    if said.root is None:
        output.print("the manifest has no root: results are compared by their counts alone")
    output.print(f"rows {found.rows}, root {found.root or 'none'}", markup=False)


@app.command("prove")
def prove_command(
    results: ResultsOption,
    uscc: Annotated[str, typer.Option("--uscc", help="Credit code of the business")],
    out: Annotated[Path, typer.Option("--out", help="JSON file to write")],
    manifest: Annotated[Path | None, typer.Option("--manifest", help="Compare with the root of this manifest")] = None,
) -> None:
    """Write the proof that a business's result is among the results. Exit code 1: they are not the manifest's."""
    with refusing():
        said = read_manifest(manifest) if manifest else None
        with progress(f"proof: {results}"):
            proof, root = prove(results, uscc)
    if said is not None and (said.root, said.rows) != (root.hex(), proof.size):
        errors.print(f"differs: the manifest's root is {said.root}, that of the results {root.hex()}", markup=False)
        raise typer.Exit(1)
    out.write_text(proof_text(proof, root), encoding="utf-8")
    output.print(f"leaf {proof.index} of {proof.size}, root {root.hex()}\nwritten: {out}", markup=False)
