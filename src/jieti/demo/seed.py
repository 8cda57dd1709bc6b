"""Takes an invented district through the whole path; every step leaves alone what an earlier start has done."""

import datetime
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import transaction

from jieti.accounts.actions import add_member, create_user
from jieti.accounts.models import Jurisdiction, Organisation, Role, User
from jieti.accounts.rulebook_files import folder_of
from jieti.dashboards import actions as picture
from jieti.demo.accounts import ACCOUNTS, SAMPLE_PASSWORD, SampleAccount
from jieti.demo.population import MANIFEST, SEED, write_population
from jieti.determinations.actions import start_run
from jieti.determinations.models import Result, Run
from jieti.determinations.running import execute
from jieti.directory.actions import publish_run
from jieti.domain.terms import Tier
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.actions import load_measures
from jieti.measures.matching import match_all
from jieti.measures.models import Matching, Measure
from jieti.recognitions.campaigns import open_campaign
from jieti.recognitions.models import Campaign
from jieti.registry.actions import confirm_delivery, link_proprietor, receive_delivery
from jieti.registry.feeds import load_feeds
from jieti.registry.models import Business, Delivery
from jieti.registry.reading import read_delivery
from jieti.registry.sources import all_sources
from jieti.rulebooks.actions import approve_norm, load_site, propose_norm, record_rulebook
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm

Tell = Callable[[str, int], None]
"""Told the stage and how much of the whole is done, from 0 to 100."""

CLERK, CHECKER = "clerk", "checker"
PROPOSER, APPROVER, PUBLISHER = "proposer", "approver", "publisher"
SAMPLE_NORM = {
    "growth_turnover": "300000",
    "growth_tax_paid": "10000",
    "development_turnover": "3000000",
    "development_tax_paid": "100000",
}
SAMPLE_NUMBER = "样例，不是公布的标准"


class DemoRefusedError(ValueError):
    """The demonstration must not be put on this site; the message says why."""


def basis_date_of_this_year() -> datetime.date:
    """1 July of the current year (AMB-1: determinations are made every July)."""
    return clock.today().replace(month=7, day=1)


def prepare(*, businesses: int, tell: Tell) -> Run:
    """The published run of the current year over a district of `businesses`, made as far as it is not there yet.

    Raises DemoRefusedError on a site that answers to public names, because the sample passwords are known to all,
    and on one that holds deliveries of somebody else.
    """
    if settings.PUBLIC_HOSTS:
        raise DemoRefusedError("a site with public names gets no sample accounts: unset JIETI_HOSTS first")
    basis_date = basis_date_of_this_year()
    _load_law(tell)
    people = _people()
    published = Run.objects.main_of(current_rulebook().key, basis_date.year)
    if published is None or published.status != Run.Status.PUBLISHED:
        _receive(_files(businesses, basis_date, tell), people, basis_date, tell)
        _approve_sample_norm(people, basis_date.year)
        published = publish_run(run=_determine(people[PROPOSER], basis_date, tell), by=people[PUBLISHER])
    _link_proprietors(people)
    _help(people, basis_date.year, tell)
    tell("done", 100)
    return published


def write_deliveries(
    *, businesses: int, out: Path, basis_date: datetime.date, tell: Tell, seed: int = SEED
) -> dict[str, list[Path]]:
    """Writes the population into `out`; its files by source."""
    report = write_population(
        businesses=businesses,
        out=out,
        seed=seed,
        basis_date=basis_date,
        progress=lambda stage, share: tell(stage, int(share * 100)),
    )
    return {source: list(paths) for source, paths in report.files.items()}


def summary(address: str) -> str:
    """What to open and whom to log in as."""
    width = max(len(account.username) for account in ACCOUNTS)
    lines = [
        f"{address}/            名录：公众查询",
        f"{address}/standards/  分型标准",
        f"{address}/measures/   帮扶措施",
        f"{address}/picture/    全区画像",
        f"{address}/library/    政策解读",
        f"{address}/calendar/   活动日历",
        f"{address}/officer/    工作人员",
        f"{address}/my/         经营者",
        "",
        f"样例账号，密码都是 {SAMPLE_PASSWORD}：",
        *(f"  {account.username:<{width}}  {account.display_name}，{account.purpose}" for account in ACCOUNTS),
        "",
        *_results(),
    ]
    return "\n".join(lines)


def _results() -> list[str]:
    run = Run.objects.main_of(current_rulebook().key, basis_date_of_this_year().year)
    if run is None:
        return []
    counts = Result.objects.filter(run=run).by_tier()
    named = [(tier.label, counts.get(tier, 0)) for tier in Tier] + [("待数据", counts.get(None, 0))]
    shares = "，".join(f"{label} {count:,}" for label, count in named)
    return [f"{run.year}年分型（样例标准）：{shares}"]


def _load_law(tell: Tell) -> None:
    tell("规则", 1)
    load_feeds(by=None, jurisdiction=load_site(by=None))
    record_rulebook(by=None)
    if not Measure.objects.exists():
        load_measures(folder=folder_of(), by=None)


def _people() -> dict[str, User]:
    return {account.username: _person(account) for account in ACCOUNTS}


@transaction.atomic
def _person(account: SampleAccount) -> User:
    user = User.objects.filter(username=account.username).first() or create_user(
        by=None, username=account.username, display_name=account.display_name, password=account.password
    )
    for role in account.roles:
        add_member(by=None, user=user, organisation=_organisation(account), role=Role(role))
    return user


def _organisation(account: SampleAccount) -> Organisation:
    """The account's body in the site's district, else in the city above it."""
    site = Jurisdiction.objects.site()
    own = Organisation.objects.filter(jurisdiction=site, key=account.organisation).first()
    return own or Organisation.objects.get(jurisdiction=site.parent, key=account.organisation)


def _files(businesses: int, basis_date: datetime.date, tell: Tell) -> dict[str, list[Path]]:
    out = Path(settings.DATA_DIR) / "demo" / f"{basis_date:%Y}-{businesses}"
    manifest = out / MANIFEST
    if not manifest.exists():
        return write_deliveries(businesses=businesses, out=out, basis_date=basis_date, tell=_part(tell, 2, 30))
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"]
    return {source: [out / name for name in entry["files"]] for source, entry in sources.items()}


def _receive(files: dict[str, list[Path]], people: dict[str, User], basis_date: datetime.date, tell: Tell) -> None:
    if Delivery.objects.accepted().exclude(received_by=people[CLERK]).exists():
        raise DemoRefusedError("this site holds real deliveries: choose another JIETI_DATA_DIR for the demonstration")
    sources = [source for source in all_sources() if source in files]
    for number, source in enumerate(sources):
        tell(all_sources()[source].title, 30 + 50 * number // len(sources))
        for path in files[source]:
            _deliver(people, source, path, basis_date)


def _deliver(people: dict[str, User], source: str, path: Path, basis_date: datetime.date) -> None:
    """One file handed in, read and confirmed, or as much of that as an earlier start has left to do."""
    with path.open("rb") as file:
        received = receive_delivery(
            by=people[CLERK], source_key=source, file=file, file_name=path.name, as_of=basis_date
        )
    delivery = read_delivery(received)
    if delivery.is_waiting:
        confirm_delivery(by=people[CHECKER], delivery=delivery, reason="样例数据")


def _approve_sample_norm(people: dict[str, User], year: int) -> None:
    norms = AnnualNorm.objects.of_year(year)
    if norms.approved().exists():
        return
    norm = norms.waiting().first() or propose_norm(
        by=people[PROPOSER], year=year, values=SAMPLE_NORM, document_number=SAMPLE_NUMBER, is_sample=True
    )
    approve_norm(by=people[APPROVER], norm=norm)


def _determine(reviewer: User, basis_date: datetime.date, tell: Tell) -> Run:
    tell("判定", 80)
    standing = Run.objects.main_of(current_rulebook().key, basis_date.year)
    run = standing or start_run(by=reviewer, year=basis_date.year, basis_date=basis_date)
    return execute(run)


def _link_proprietors(people: dict[str, User]) -> None:
    for account in ACCOUNTS:
        if account.uscc:
            business = Business.objects.get(uscc=account.uscc)
            link_proprietor(by=None, user=people[account.username], business=business)


def _help(people: dict[str, User], year: int, tell: Tell) -> None:
    """What follows a publication: the campaign while its phase lasts, the measures for each business, the picture."""
    site = Jurisdiction.objects.site()
    tell("名特优新认定", 94)
    if not Campaign.objects.of(site).filter(year=year).exists():
        with suppress(Refusal):
            open_campaign(by=people[APPROVER], jurisdiction=site, year=year)
    tell("措施匹配", 96)
    if not Matching.objects.of(site).exists():
        match_all(by=None, jurisdiction=site, cause="demo")
    tell("全区画像", 98)
    picture.follow(by=None, jurisdiction=site)


def _part(tell: Tell, low: int, high: int) -> Tell:
    """The same, for a stretch of the whole."""
    return lambda stage, percent: tell(stage, low + (high - low) * percent // 100)
