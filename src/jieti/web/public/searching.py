"""The parts of the search page that many readers share, or that a template would take longer for than the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from jieti.accounts.models import Jurisdiction
from jieti.directory.models import DirectoryEntry, Line
from jieti.directory.names import division_names
from jieti.domain.townships import AREAS
from jieti.web.public.forms import CATEGORIES, TIERS, SearchForm

MOST_TOWNS = 60
LINE = """
<li>
  <div class="what">
    <a href="{base}{uscc}/">{name}</a>
    <p class="facts"><span class="code">{uscc}</span>{facts}</p>
  </div>
  <div class="tags">{tags}</div>
</li>
"""
Choice = tuple[str, str]


@dataclass(frozen=True)
class Places:
    """Where a search can be narrowed to: one jurisdiction's own towns, or several jurisdictions and what they have."""

    jurisdictions: tuple[Choice, ...] = ()
    towns: tuple[str, ...] = tuple(area.name for area in AREAS)


@dataclass(frozen=True)
class Chosen:
    """The filters that a reader chose; industries by code, as the form has them."""

    tiers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        return sum(map(len, (self.tiers, self.categories, self.towns, self.industries, self.jurisdictions)))

    def filters(self) -> dict[str, tuple[str, ...]]:
        """As the directory is asked for them: industries by name."""
        return {
            "tiers": self.tiers,
            "categories": self.categories,
            "towns": self.towns,
            "industries": tuple(division_names()[code] for code in self.industries),
            "jurisdictions": self.jurisdictions,
        }


def chosen_of(form: SearchForm, places: Places) -> Chosen:
    """What of the choices that there are was asked for."""
    return Chosen(
        tuple(form.tiers),
        tuple(form.categories),
        tuple(form.chosen("town", places.towns)),
        tuple(form.industries),
        tuple(form.chosen("jurisdiction", (code for code, _ in places.jurisdictions))),
    )


@lru_cache(maxsize=2)
def places_of(_version: str) -> Places:
    """Asked of the database once for each publication."""
    homes = tuple(Jurisdiction.objects.filter(publications__isnull=False).distinct().values_list("code", "name"))
    if len(homes) < 2:
        return Places()
    towns = DirectoryEntry.objects.exclude(town="").order_by("jurisdiction", "town")
    return Places(homes, tuple(dict.fromkeys(towns.values_list("town", flat=True).distinct()))[:MOST_TOWNS])


@lru_cache(maxsize=128)
def choices_text(chosen: Chosen, places: Places) -> SafeString:
    """The filters to choose from, those that were chosen marked; 97 divisions among them."""
    context = {
        "tiers": [(value, label, value in chosen.tiers) for value, label in TIERS],
        "categories": [(value, label, value in chosen.categories) for value, label in CATEGORIES],
        "towns": [(town, town in chosen.towns) for town in places.towns],
        "industries": [(code, name, code in chosen.industries) for code, name in division_names().items()],
        "jurisdictions": [(code, name, code in chosen.jurisdictions) for code, name in places.jurisdictions],
    }
    return render_to_string("public/_search_choices.html", context)


def lines_text(lines: Iterable[Line]) -> SafeString:
    """The entries that were found, each a line; whatever an entry says is escaped."""
    base = reverse("public:search") + "business/"
    return SafeString("".join(_line(one, base) for one in lines))


def _line(one: Line, base: str) -> str:
    since = f"{one.since}成立" if one.established_on else ""
    facts = "".join(f"<span>{escape(text)}</span>" for text in (one.town, one.industry, since) if text)
    tags = _tags(one.no_longer, one.is_new, one.category_label, one.mark, one.label)
    return LINE.format(base=base, uscc=escape(one.uscc), name=escape(one.name), facts=facts, tags=tags)


@lru_cache(maxsize=256)
def _tags(no_longer: str, is_new: bool, category: str, mark: str, label: str) -> SafeString:  # noqa: FBT001 - cached
    """Its marks, the label last."""
    tags = (("tag bad", no_longer), ("tag", "新设" if is_new else ""), ("tag title", category), (f"tag {mark}", label))
    return format_html_join("", '<span class="{}">{}</span>', (tag for tag in tags if tag[1]))
