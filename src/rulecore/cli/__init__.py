"""The command line: the project's stable contract. Exit codes: 0 well, 1 cases failed, 2 unusable input."""

from rulecore.cli.app import app

__all__ = ["app"]
