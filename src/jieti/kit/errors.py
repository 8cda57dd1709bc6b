"""Deeds that the system refuses, said so that a person can act on it."""


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the program
    """A deed that may not be done now. `message` says why and `what_to_do` how to go on, both in Chinese."""

    def __init__(self, message: str, *, what_to_do: str = "") -> None:
        self.message = message
        self.what_to_do = what_to_do
        super().__init__(f"{message}{what_to_do}")
