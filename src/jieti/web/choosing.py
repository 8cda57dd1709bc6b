"""Fields whose choices are known only when the page is asked for."""

from collections.abc import Iterable

from django import forms


def offer(form: forms.Form, name: str, choices: Iterable[tuple[str, str]]) -> None:
    """Gives a field of choices what may be chosen, value and words. TypeError for a field of another kind."""
    field = form.fields[name]
    if not isinstance(field, forms.ChoiceField):
        raise TypeError(f"{name} offers no choices")
    field.choices = list(choices)
