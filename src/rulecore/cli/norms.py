"""norms.yaml: a flat map from parameter to yuan; a missing key (or null) is *not published*."""

from decimal import Decimal, InvalidOperation
from pathlib import Path

from rulecore.errors import NormsError, Problem, RulebookError
from rulecore.source import read_yaml


def read_norms(path: Path | None) -> dict[str, Decimal]:
    """The norms of a file; no file: nothing is published.

    Raises:
        NormsError: the file is unreadable, not a flat map, or a value is no exact amount.
    """
    if path is None:
        return {}
    try:
        data = read_yaml(path)
    except RulebookError as error:
        if any("is empty" in problem.message for problem in error.problems):
            return {}
        raise NormsError(*error.problems) from error
    if data.data is None:
        return {}
    if not isinstance(data.data, dict):
        raise NormsError(Problem(str(path), "a map from parameter to yuan is expected", 1))
    return {
        str(key): amount(path, str(key), value, data.line((str(key),)))
        for key, value in data.data.items()
        if value is not None
    }


def amount(path: Path, key: str, value: object, line: int) -> Decimal:
    """An exact, finite amount in yuan.

    Raises:
        NormsError: the value is none; it is named with file, line and key.
    """
    number = _number(value)
    if number is None or not number.is_finite():
        raise NormsError(Problem(str(path), "an amount in yuan is expected", line, key, str(value)))
    return number


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None
