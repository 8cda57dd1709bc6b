"""What can be wrong with a rulebook or with facts, said so that a person can act on it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong and where: a file, a line (rulebook) or row (facts), the key or column, the value."""

    file: str
    message: str
    line: int | None = None
    where: str = ""
    value: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        parts = [place, *([self.where] if self.where else []), self.message]
        text = ": ".join(parts)
        return text if self.value is None else f"{text} (found {self.value})"


class RulecoreError(Exception):
    """Input that cannot be used; `problems` names every mismatch that was found, not only the first."""

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class RulebookError(RulecoreError):
    """The rulebook's files are unreadable, break the language's schema or contradict themselves."""


class FactsError(RulecoreError):
    """The facts do not fit the rulebook's contract."""


class NormsError(RulecoreError):
    """The annual norm's values do not fit the rulebook's parameters."""


class ReceiptError(RulecoreError):
    """A manifest or a proof cannot be read, or is none."""
