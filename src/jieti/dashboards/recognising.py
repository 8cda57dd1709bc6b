"""The campaign 名特优新认定 in figures: how far applications came, what the quota leaves (附件三(四))."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.db.models import Count, Q

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.figures import Cell, Chart, Figure
from jieti.dashboards.suppression import kept_stages
from jieti.domain.quota import Quota
from jieti.domain.terms import Category
from jieti.recognitions.models import ApplicationStep, Campaign, Recognition
from jieti.rulebooks.catalogue import current_rulebook

WAYS = "附件三(二)"
STAGES = {
    "提出申报、推荐": ("submit", "receive_nomination"),
    "受理": ("accept",),
    "审核完成": ("record_visit", "pass_review"),
    "拟认定": ("choose", "propose"),
    "认定": ("recognise",),
}
"""Each stage by the steps of the workflow by which it is reached."""
PUBLIC = "认定名单向社会公布，因此数量不作隐藏。"


def recognition_figures(jurisdiction: Jurisdiction, on: date) -> Iterator[Figure]:
    """The funnel of every campaign, and the quota of the last; nothing before the first campaign."""
    campaigns = list(Campaign.objects.of(jurisdiction).order_by("year"))
    if campaigns:
        yield _funnel(jurisdiction, campaigns)
        yield _quota(jurisdiction, campaigns[-1], on)


def _funnel(jurisdiction: Jurisdiction, campaigns: list[Campaign]) -> Figure:
    counted = {
        f"stage_{at}": Count("case", distinct=True, filter=Q(step__in=steps))
        for at, steps in enumerate(STAGES.values())
    }
    steps = ApplicationStep.objects.filter(case__campaign__jurisdiction=jurisdiction).order_by()
    counts = steps.values("case__campaign__year").annotate(**counted).values_list("case__campaign__year", *counted)
    found: dict[int, list[int]] = {year: list(reached) for year, *reached in counts}
    columns = [_stages(found.get(campaign.year, [0] * len(STAGES))) for campaign in campaigns]
    rows = tuple((label, *(column[at] for column in columns)) for at, label in enumerate(STAGES))
    return Figure(
        key="campaign",
        title="名特优新认定：从申报到认定",
        definition="各年度工作中，到达各步的申报和推荐件数；后一步包含在前一步之内。",
        clause=WAYS,
        headers=("步骤", *(f"{campaign.year}年" for campaign in campaigns)),
        rows=rows,
        chart=Chart.FUNNEL,
        unit="件",
    )


def _stages(counts: Sequence[int]) -> tuple[Cell, ...]:
    """Each stage within the one before it, however the steps were taken."""
    return kept_stages([min(counts[: at + 1]) for at in range(len(counts))])


def _quota(jurisdiction: Jurisdiction, campaign: Campaign, on: date) -> Figure:
    live = Recognition.objects.of(jurisdiction).live(on).order_by()
    by_category = dict(live.values_list("category").annotate(count=Count("pk")))
    taken = sum(by_category.values())
    quota = Quota.of(current_rulebook(jurisdiction).procedure)
    rate = f"（{quota.rate_percent}%以内）" if quota else ""
    left = max(0, campaign.ceiling - taken)
    return Figure(
        key="quota",
        title="认定数量和比例",
        definition=f"数量基数是{campaign.year}年公布的分型结果中可以认定的各型户数，有效认定是现在有效期内的。{PUBLIC}",
        clause="附件三(四)",
        headers=("项目", "户数"),
        rows=(
            ("数量基数", campaign.base),
            (f"数量上限{rate}", campaign.ceiling),
            ("有效认定", taken),
            *((f"其中：{one.label}", by_category.get(one.value, 0)) for one in Category),
            ("还可以认定", left),
        ),
    )
