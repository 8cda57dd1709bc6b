"""What a run leaves for others to check: its manifest, and proofs that a result is among its results (docs/verify.md).

Both speak of the results as first found; a result amended later has its own reason in its version.
"""

from pathlib import Path

from jieti.determinations.models import Run
from jieti.determinations.running import MANIFEST
from jieti.kit.errors import Refusal
from rulecore.errors import FactsError
from rulecore.result import proof_text, prove


def manifest_file(run: Run) -> Path:
    """The manifest beside the run's results."""
    return run.results_file.with_name(MANIFEST)


def manifest_text(run: Run) -> str:
    """The manifest as it was written."""
    return manifest_file(run).read_text(encoding="utf-8")


def proof_of(run: Run, uscc: str) -> str:
    """The proof, as JSON, that the business's result is among the run's.

    Raises Refusal where the run has no receipt or did not see the business, and when its results are no longer those
    of the receipt.
    """
    if not run.merkle_root:
        raise Refusal("这次判定没有收据。", what_to_do="请选择另一次判定。")
    try:
        proof, root = prove(run.results_file, uscc)
    except FactsError:
        raise Refusal(f"这次判定的结果里没有 {uscc}。", what_to_do="请核对统一社会信用代码。") from None
    if root.hex() != run.merkle_root:
        raise Refusal("结果文件与收据不符。", what_to_do="请立即联系管理员，并保留现有文件。")
    return proof_text(proof, root)
