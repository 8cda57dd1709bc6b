"""Every setting that a site may change is documented, and every documented one exists."""

import re

from tests.architecture.tree import ROOT, below

SETTING = re.compile(r"\b(?:JIETI_[A-Z_]+|DATABASE_URL)\b")


def test_documented_settings_are_those_in_use() -> None:
    used = {found for path in below("src", ".py") for found in SETTING.findall(path.read_text())}
    documented = set(SETTING.findall((ROOT / "deploy" / "README.md").read_text()))
    assert documented == used
