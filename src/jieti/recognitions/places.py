"""How many titles there may still be: live ones against the campaign's frozen ceiling (附件三(四), AMB-13)."""

from django.db.models import QuerySet

from jieti.domain.quota import Quota
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Application, Campaign, Recognition
from jieti.rulebooks.catalogue import current_rulebook

CLAUSE = "附件三(四)"
PENDING = ("proposed", "noticed", "objected", "deciding")
"""States of applications for which a place is meant, though it is not given."""
WAITING = ("reviewed", "comparing")
"""States of applications that passed the review and have no place yet."""


def held(campaign: Campaign) -> QuerySet[Recognition]:
    """The titles held against the campaign's ceiling: those not ended, or those of the year, as the rulebook counts."""
    found = Recognition.objects.of(campaign.jurisdiction)
    quota = Quota.of(current_rulebook(campaign.jurisdiction).procedure)
    yearly = quota is not None and quota.counts == "yearly_recognitions"
    return found.filter(year=campaign.year) if yearly else found.unended()


def left(campaign: Campaign) -> int:
    """Places under the ceiling that nobody holds; over the ceiling none."""
    return max(0, campaign.ceiling - held(campaign).count())


def free(campaign: Campaign) -> int:
    """Places that nobody holds and that are meant for nobody who is already proposed."""
    return max(0, left(campaign) - Application.objects.filter(campaign=campaign, state__in=PENDING).count())


def must_compare(campaign: Campaign) -> bool:
    """Whether more applications passed the review than there are places: then a ranking decides (附件三(三)2.a)."""
    return Application.objects.filter(campaign=campaign, state__in=WAITING).count() > free(campaign)


def demand_place(campaign: Campaign) -> None:
    """Raises Refusal where the ceiling is reached.

    Whoever asks waits for whoever is giving a title, and holds the place until the transaction ends.
    """
    list(Campaign.objects.of(campaign.jurisdiction).order_by("pk").select_for_update(no_key=True))
    count = held(campaign).count()
    if count >= campaign.ceiling:
        raise Refusal(
            f"数量已满：在有效期内的认定{count}户，上限{campaign.ceiling}户（当年成长型、发展型{campaign.base}户的5%以内，{CLAUSE}）。",
            what_to_do="不再新增认定；有认定终止、空出名额以后才能再认定，或者决定不予认定。",
        )
