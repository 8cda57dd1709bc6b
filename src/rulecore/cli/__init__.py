"""The command line: the project's stable contract. Exit codes: 0 well, 1 cases failed, 2 unusable input."""

from rulecore.cli import check, diff, explaining, mutants, receipts, simulate
from rulecore.cli.app import app

__all__ = ["app", "check", "diff", "explaining", "mutants", "receipts", "simulate"]
