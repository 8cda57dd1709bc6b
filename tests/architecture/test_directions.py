"""Imports run one way."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT


def test_every_contract_is_kept() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache", "--no-logo"], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
