"""What the public may ask of the directory."""

from django import forms

from jieti.domain.terms import Tier
from jieti.domain.townships import AREAS

PENDING = ("pending", "待数据")
TIERS = [*((tier.value, tier.label) for tier in Tier), PENDING]
TOWNS = [(area.name, area.name) for area in AREAS]


class SearchForm(forms.Form):
    """A term and filters. A filter that does not exist is left out rather than complained of."""

    q = forms.CharField(required=False, max_length=100)
    page = forms.IntegerField(required=False, min_value=1, max_value=50)

    @property
    def tiers(self) -> list[str]:
        return self._chosen("tier", TIERS)

    @property
    def towns(self) -> list[str]:
        return self._chosen("town", TOWNS)

    @property
    def term(self) -> str:
        return str(self.cleaned_data.get("q", "")) if self.is_valid() else str(self.data.get("q", ""))[:100].strip()

    @property
    def page_number(self) -> int:
        return (self.cleaned_data.get("page") if self.is_valid() else None) or 1

    def _chosen(self, name: str, choices: list[tuple[str, str]]) -> list[str]:
        asked = self.data.getlist(name) if hasattr(self.data, "getlist") else []
        return [value for value, _ in choices if value in asked]
