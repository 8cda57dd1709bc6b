"""What the public may ask of the directory, and tell of it."""

from collections.abc import Iterable

from django import forms
from django.http import QueryDict

from jieti.directory.names import division_names
from jieti.domain.terms import Category, Tier

PENDING = ("pending", "待数据")
TIERS = [*((tier.value, tier.label) for tier in Tier), PENDING]
CATEGORIES = [(one.value, one.label) for one in Category]
LAST_PAGE = 50
PAGES = {str(number): number for number in range(1, LAST_PAGE + 1)}
LONGEST_TERM = 100


class SearchForm:
    """A term and filters, as an address has them. What does not exist is left out rather than complained of."""

    def __init__(self, query: QueryDict) -> None:
        self._query = query

    @property
    def tiers(self) -> list[str]:
        return self.chosen("tier", (value for value, _ in TIERS))

    @property
    def categories(self) -> list[str]:
        return self.chosen("category", (value for value, _ in CATEGORIES))

    @property
    def industries(self) -> list[str]:
        """The codes of the divisions that were chosen."""
        return self.chosen("industry", division_names())

    @property
    def term(self) -> str:
        return self._query.get("q", "").replace("\0", "").strip()[:LONGEST_TERM]

    @property
    def page_number(self) -> int:
        return PAGES.get(self._query.get("page", ""), 1)

    def chosen(self, name: str, choices: Iterable[str]) -> list[str]:
        """Those of the choices that were asked for by this name."""
        asked = set(self._query.getlist(name))
        return [value for value in choices if value in asked] if asked else []


class ReportForm(forms.Form):
    """What is wrong with an entry, and how to reach whoever says so."""

    claim = forms.CharField(
        label="哪里有误",
        help_text="请写明哪一项有误、正确的应当是什么。请不要填写身份证号码。",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写明哪里有误。"},
    )
    reporter = forms.CharField(
        label="您的姓名",
        max_length=50,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "请填写您的姓名。"},
    )
    contact = forms.CharField(
        label="联系电话或者电子邮箱",
        help_text="只用来告知核实情况，加密保存。",
        max_length=100,
        error_messages={"required": "请填写联系电话或者电子邮箱。"},
    )
