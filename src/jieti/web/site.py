"""What every page shows about the site itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from types import MappingProxyType
from urllib.parse import quote

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from jieti.rulebooks.catalogue import recent_rulebook
from jieti.web.navigation import public_links

SERVICE = "个体工商户分型分类服务平台"
DISPLAY_COOKIE = "display"
NORMAL, LARGE = "normal", "large"


@dataclass(frozen=True)
class Site:
    """The service's name, whose it is, the document it stands on, whether the reader wants large type, the address
    that was asked for, quoted, those that every page leads to; and as texts what is the same for all readers of a page.
    """

    service: str
    place: str
    issuer: str
    document_title: str
    document_number: str
    large: bool
    here: str
    doors: Mapping[str, str] = field(hash=False)
    head: SafeString
    menu: SafeString
    imprint: SafeString


def site(request: HttpRequest) -> dict[str, Site]:
    """Context processor: `portal` in every template (`site` is what Django calls the host)."""
    return {"portal": portal_of(request)}


def portal_of(request: HttpRequest) -> Site:
    """The site as the page that was asked for shows it."""
    rulebook = recent_rulebook()
    issuer, title, number = str(rulebook.document["issuer"]), rulebook.title, str(rulebook.document["number"])
    return Site(
        service=SERVICE,
        place=rulebook.jurisdiction.name,
        issuer=issuer,
        document_title=title,
        document_number=number,
        large=request.COOKIES.get(DISPLAY_COOKIE) == LARGE,
        here=quote(request.get_full_path()),
        doors=_doors(),
        head=_head(rulebook.jurisdiction.name),
        menu=_menu(request.resolver_match.view_name if request.resolver_match else ""),
        imprint=_imprint(issuer, title, number),
    )


@cache
def _doors() -> Mapping[str, str]:
    known = {name: reverse(f"public:{name}") for name in ("search", "accessibility", "login")}
    known["table"] = reverse("public:search-xlsx")
    displays = {mode: reverse("public:display", args=[mode]) for mode in (LARGE, NORMAL)}
    return MappingProxyType(known | displays)


@lru_cache(maxsize=4)
def _head(place: str) -> SafeString:
    return render_to_string("_components/head.html", {"place": place})


@lru_cache(maxsize=64)
def _menu(view: str) -> SafeString:
    return render_to_string("_components/menu.html", {"links": public_links(view)})


@lru_cache(maxsize=4)
def _imprint(issuer: str, title: str, number: str) -> SafeString:
    context = {"issuer": issuer, "document_title": title, "document_number": number}
    return render_to_string("_components/imprint.html", context)
