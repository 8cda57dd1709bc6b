"""What no file of the tree may hold."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.tree import below, files, name, parsed

# Written in pieces, so that this file does not hold what it looks for.
HOSTS = (
    "py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "crates" + ".io", "ruby" + "gems.org",
    "proxy.go" + "lang.org", "deb.deb" + "ian.org", "docker" + ".io", "ghcr" + ".io", "quay" + ".io",
    "ana" + "conda.org", "js" + "delivr.net", "un" + "pkg.com", "cdn" + "js.cloudflare.com",
    "fonts.google" + "apis.com",
)  # fmt: skip
MACHINE_PATHS = tuple(re.compile(rf"(?<![\w.])/{top}/[\w.]") for top in ("work", "root", "home", "Users"))
SIGNS = (*(re.compile(re.escape(host)) for host in HOSTS), *MACHINE_PATHS)


def text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""


def offences(text: str) -> list[str]:
    return [match.group() for sign in SIGNS if (match := sign.search(text))]


def test_no_registry_host_and_no_machine_path() -> None:
    found = {name(path): offences(text_of(path)) for path in files()}
    assert not {path: offence for path, offence in found.items() if offence}


@pytest.mark.parametrize("text", [HOSTS[0], f"see /{'work'}/main", f"'/{'home'}/li/x'"])
def test_the_search_finds(text: str) -> None:
    assert offences(text)


@pytest.mark.parametrize("text", ["/usr/lib/postgresql", "officer/home/x", "https://example.invalid/homework/a"])
def test_the_search_does_not_cry_wolf(text: str) -> None:
    assert not offences(text)


def test_rule_code_knows_no_float() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in below("src/rulecore", ".py")
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Name) and node.id == "float")
        or (isinstance(node, ast.Constant) and isinstance(node.value, float))
    ]
    assert not found


def test_no_signals() -> None:
    """Reactions are called, not signalled: nothing connects a receiver."""
    signal = re.compile(r"@receiver\b|django\.dispatch|db\.models\.signals")
    assert not [name(path) for path in below("src", ".py") if signal.search(path.read_text())]
