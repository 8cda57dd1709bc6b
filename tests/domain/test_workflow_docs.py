"""The pages on workflows are those that the tables make."""

import importlib.util
from types import ModuleType

from tests.architecture.tree import ROOT


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("workflow_docs", ROOT / "scripts" / "workflow_docs.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_up_to_date() -> None:
    """Otherwise: `.venv/bin/python scripts/workflow_docs.py`."""
    folder = ROOT / "docs" / "workflows"
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    assert there == script().pages()


def test_a_page_draws_and_lists_every_step() -> None:
    page = script().pages()["recognition.md"]
    assert "stateDiagram-v2" in page
    assert "noticed --> deciding: 公示期满无异议" in page
    assert "5个工作日（正文三(二)）" in page
    assert "次年01-01" in page
