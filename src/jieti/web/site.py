"""What every page shows about the site itself."""

from dataclasses import dataclass

from django.http import HttpRequest

from jieti.rulebooks.catalogue import current_rulebook
from jieti.web.navigation import Link, public_links

SERVICE = "个体工商户分型分类服务平台"
DISPLAY_COOKIE = "display"
LARGE = "large"


@dataclass(frozen=True)
class Site:
    """The service's name, whose it is, the document it stands on, the sections for everybody, and whether
    the reader wants large type.
    """

    service: str
    place: str
    issuer: str
    document_title: str
    document_number: str
    large: bool
    sections: list[Link]


def site(request: HttpRequest) -> dict[str, Site]:
    """Context processor: `portal` in every template (`site` is what Django calls the host)."""
    rulebook = current_rulebook()
    return {
        "portal": Site(
            service=SERVICE,
            place=rulebook.jurisdiction.name,
            issuer=str(rulebook.document["issuer"]),
            document_title=rulebook.title,
            document_number=str(rulebook.document["number"]),
            large=request.COOKIES.get(DISPLAY_COOKIE) == LARGE,
            sections=public_links(request.resolver_match.view_name if request.resolver_match else ""),
        )
    }
