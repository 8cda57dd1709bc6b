"""Years of recognitions in an invented district: campaigns, titles, and everything that happens to them.

Played through the product's own actions, with random acts and random mistakes. Every evening what must hold is checked
(`recognition_rehearsal_invariants`). The same seed plays the same years.
"""

import datetime
import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from jieti.accounts.actions import add_member, create_user
from jieti.accounts.models import Jurisdiction, Organisation, Role, User
from jieti.accounts.rulebook_files import folder_of
from jieti.demo import recognition_rehearsal_courses as courses
from jieti.demo.accounts import SAMPLE_PASSWORD
from jieti.demo.recognition_rehearsal_campaign import CampaignYear
from jieti.demo.recognition_rehearsal_invariants import Invariants
from jieti.demo.records import CreditRecord
from jieti.demo.rehearsal_cast import Cast, make_cast, make_proprietor
from jieti.demo.rehearsal_population import Population
from jieti.demo.seed import SAMPLE_NORM, SAMPLE_NUMBER
from jieti.determinations.actions import start_run
from jieti.determinations.models import Run
from jieti.determinations.running import execute
from jieti.directory.actions import publish_run
from jieti.domain.terms import RegistrationStatus
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.actions import load_measures
from jieti.recognitions import confirming, ending, proprietor_changes, reporting, showcasing
from jieti.recognitions.ending_guards import evaluation_opens
from jieti.recognitions.models import Campaign, Ending, Extension, Recognition
from jieti.recognitions.showcasing import Generation, Story
from jieti.recognitions.title_calendar import turn
from jieti.recognitions.watching import follow
from jieti.registry.actions import confirm_delivery, receive_delivery
from jieti.registry.feeds import load_feeds
from jieti.registry.reading import read_delivery
from jieti.rulebooks.actions import approve_norm, load_site, propose_norm, record_rulebook

Tell = Callable[[str, int], None]
Deed = Callable[[], None]
FIRST_YEAR = 2025
DAY = datetime.timedelta(days=1)
SOURCES = (
    "registration",
    "credit",
    "annual_reports",
    "tax",
    "social_insurance",
    "intellectual_property",
    "suspension",
    "courts",
)
NOMINATOR = "culture_tourism_bureau"


@dataclass
class Summary:
    """What a rehearsal played through."""

    days: int = 0
    checks: int = 0
    deeds: Counter[str] = field(default_factory=Counter)

    def rows(self) -> Iterator[tuple[str, int]]:
        """Titles and numbers."""
        yield "演练的天数", self.days
        yield "检查的次数", self.checks
        yield from sorted(self.deeds.items())
        for campaign in Campaign.objects.order_by("year"):
            yield f"{campaign.year}年数量上限", campaign.ceiling
        yield "认定", Recognition.objects.count()
        yield "有效", Recognition.objects.unended().count()
        yield "延期", Recognition.objects.filter(extensions__gt=0).count()
        for kind, label in Recognition.End.choices:
            yield f"终止：{label}", Recognition.objects.filter(end_kind=kind).count()


class RecognitionRehearsal:
    """A play of some years. `folder` takes the departments' files."""

    def __init__(self, *, years: int, businesses: int, seed: int, folder: Path, tell: Tell) -> None:
        self._years, self._tell, self._folder = years, tell, folder
        self.rng, self.businesses = Random(seed), businesses
        self._agenda: list[tuple[datetime.date, int, Deed]] = []
        self._order = count()
        self._followed: set[tuple[str, int]] = set()
        self._watched: set[tuple[int, datetime.date]] = set()
        self.population = Population(businesses, seed, datetime.date(FIRST_YEAR, 7, 1))
        self.summary = Summary()

    def play(self) -> Summary:
        """Plays it to the end. Raises BrokenInvariantError for the first thing that does not hold."""
        with clock.at(datetime.date(FIRST_YEAR, 1, 2)):
            self._open()
        for number in range(self._years):
            self._plan(FIRST_YEAR + number)
        first, last = datetime.date(FIRST_YEAR, 1, 1), datetime.date(FIRST_YEAR + self._years, 6, 30)
        while self._agenda and self._agenda[0][0] <= last:
            day = self._agenda[0][0]
            self._tell(f"{day}", min(99, 100 * (day - first).days // (last - first).days))
            self._day(day)
        self.summary.checks = self.invariants.checks
        return self.summary

    def on(self, day: datetime.date, deed: Deed) -> None:
        """Puts a deed on the agenda."""
        heapq.heappush(self._agenda, (day, next(self._order), deed))

    def after(self, days: int, deed: Deed) -> None:
        """Puts a deed on the agenda, so many days from the day that is being played."""
        self.on(clock.today() + datetime.timedelta(days=days), deed)

    def note(self, deed: str) -> None:
        """Counts a deed."""
        self.summary.deeds[deed] += 1

    def attempt(self, deed: Callable[[], object], title: str) -> None:
        """Does it and counts it; what the product refuses is counted as refused."""
        try:
            deed()
            self.note(title)
        except Refusal as refused:
            self.note(f"{title}（被拒绝：{refused.message[:16]}）")

    def follow(self, course: courses.Course) -> None:
        """Plays a course on, and puts its next step on the agenda; what the product refuses ends it and is counted."""
        try:
            days = next((days for days in course if days), None)
        except Refusal as refused:
            self.note(f"步骤被拒绝：{refused.message[:24]}")
            return
        if days is not None:
            self.after(days, lambda: self.follow(course))

    def _open(self) -> None:
        self.jurisdiction: Jurisdiction = load_site(by=None)
        load_feeds(by=None, jurisdiction=self.jurisdiction)
        record_rulebook(by=None)
        load_measures(folder=folder_of(), by=None)
        self.cast: Cast = make_cast(self.jurisdiction)
        nominator = Organisation.objects.get(jurisdiction=self.jurisdiction, key=NOMINATOR)
        drafting, signing = (self._department(name, nominator) for name in ("drafts", "signs"))
        cast = self.cast
        self.who = courses.Players(
            self.rng, cast.clerk, cast.proposer, cast.checker, cast.approver, nominator, drafting, signing
        )
        self.invariants = Invariants(self.jurisdiction)

    def _department(self, name: str, body: Organisation) -> User:
        user = create_user(by=None, username=name, display_name=name, password=SAMPLE_PASSWORD)
        add_member(by=None, user=user, organisation=body, role=Role.DEPARTMENT_OFFICER)
        return user

    def _plan(self, year: int) -> None:
        def on(month: int, day: int, deed: Deed) -> None:
            self.on(datetime.date(year, month, day), deed)

        on(5, 15, partial(self._norm, year))
        on(7, 2, partial(self._deliver_all, year))
        on(7, 14, partial(self._determine, year))
        on(7, 20, partial(self._publish, year))
        CampaignYear(self, year).plan()
        on(8, 5, self._confirm_all)
        on(9, 18, self._trouble)
        for month in range(1, 13):
            on(month, self.rng.randint(1, 28), self._chance)
        for day in ((6, 1), (7, 15), (7, 31), (8, 1)):
            on(*day, _nothing)
        for month in (6, 7):
            on(month, self.rng.randint(2, 28), self._report_some)

    def _norm(self, year: int) -> None:
        norm = propose_norm(
            by=self.cast.proposer, year=year, values=SAMPLE_NORM, document_number=SAMPLE_NUMBER, is_sample=True
        )
        approve_norm(by=self.cast.approver, norm=norm)

    def _deliver_all(self, year: int) -> None:
        basis = datetime.date(year, 7, 1)
        self.population.settle(basis)
        for source in SOURCES:
            self.deliver(source, basis)

    def deliver(self, source: str, as_of: datetime.date) -> None:
        """A department's table as the district now is, read and confirmed."""
        path = self.population.write(source, self._folder / f"{clock.today()}-{source}-{next(self._order)}")
        with path.open("rb") as file:
            received = receive_delivery(
                by=self.cast.clerk, source_key=source, file=file, file_name=path.name, as_of=as_of
            )
        delivery = received if received.already_received else read_delivery(received)
        if delivery.is_waiting:
            confirm_delivery(by=self.cast.checker, delivery=delivery, reason="已核对")

    def _determine(self, year: int) -> None:
        execute(start_run(by=self.cast.proposer, year=year))

    def _publish(self, year: int) -> None:
        run = Run.objects.of(self.jurisdiction).main().standing().get(year=year)
        publish_run(run=run, by=self.cast.publisher)

    def _report_some(self) -> None:
        for one in self._live():
            year = reporting.open_year(one)
            if year == clock.today().year and self.rng.random() < 0.5:
                owner = make_proprietor(one.business)
                deed = partial(reporting.hand_in, by=owner, recognition=one, year=year, own={"features": "一切正常"})
                self.attempt(deed, "信息报告")

    def _confirm_all(self) -> None:
        for one in confirming.waiting(self.jurisdiction, clock.today().year):
            outcome = self.rng.choices(("confirmed", "conditional", "not_met"), (90, 6, 4))[0]
            mend_by = clock.today() + datetime.timedelta(days=30) if outcome == "conditional" else None
            note = "" if outcome == "confirmed" else "须整改"
            deed = partial(
                confirming.confirm, by=self.cast.proposer, recognition=one, outcome=outcome, note=note, mend_by=mend_by
            )
            self.attempt(deed, "审核确认")

    def _trouble(self) -> None:
        """Some holders of titles are penalised, deregistered, become enterprises or sell; the tables say so."""
        held = {one.business_id for one in self._live()}
        places = [place for place, one in enumerate(self.population.now) if one.uscc in held]
        today = clock.today()
        for place in self.rng.sample(places, min(len(places), max(1, len(places) // 8))):
            one = self.population.now[place]
            match self.rng.randrange(4):
                case 0:
                    fine = CreditRecord("行政处罚", today, "无证经营", penalty_kind="罚款")
                    self.population.now[place] = replace(one, credit=(*one.credit, fine))
                case 1:
                    self.population.now[place] = replace(one, status=RegistrationStatus.DEREGISTERED)
                case 2:
                    self.population.now[place] = replace(one, successor_uscc=one.uscc)
                case _:
                    self.population.now[place] = replace(one, proprietor=f"{one.proprietor[:1]}新", proprietor_id=None)
        for source in ("registration", "credit"):
            self.deliver(source, today)

    def _chance(self) -> None:
        """Whatever may happen to a title in any month, right and wrong."""
        live = list(self._live())
        for one in self.rng.sample(live, min(len(live), self.rng.choice((0, 0, 0, 1)))):
            kind = self.rng.choice((Ending.Kind.WITHDRAWAL, Ending.Kind.REVOCATION))
            deed = partial(ending.open_case, by=self.cast.proposer, recognition=one, kind=kind, reason="群众反映")
            self.attempt(deed, f"启动核查：{kind.label}")
        for one in self.rng.sample(live, min(len(live), 2)):
            owner = make_proprietor(one.business)
            story = Story(story="三代人的手艺", lineage=(Generation("祖父"), Generation("父亲"), Generation("本人")))
            self.attempt(partial(showcasing.show, by=owner, recognition=one, story=story), "风采展示")
        for one in self.rng.sample(live, min(len(live), 1)):
            owner = make_proprietor(one.business)
            change = partial(
                proprietor_changes.report_change, by=owner, recognition=one, after="新经营者", changed_on=clock.today()
            )
            self.attempt(change, "报告变更经营者")
        ended = list(Recognition.objects.filter(ended_on__isnull=False).select_related("business")[:50])
        for one in self.rng.sample(ended, min(len(ended), 2)):
            self.attempt(
                partial(showcasing.show, by=make_proprietor(one.business), recognition=one, story=Story("x")),
                "终止后展示",
            )

    def _live(self) -> Iterator[Recognition]:
        found = Recognition.objects.of(self.jurisdiction).live(clock.today()).select_related("business", "jurisdiction")
        return iter(found.order_by("pk"))

    def _day(self, day: datetime.date) -> None:
        """One day: what is on its agenda, each at a time of its own, then the night's work, then the check."""
        minutes = count()
        while self._agenda and self._agenda[0][0] == day:
            _, _, deed = heapq.heappop(self._agenda)
            with clock.at(_moment(day, next(minutes))):
                deed()
        with clock.at(_moment(day, next(minutes))):
            self._night()
            self.invariants.check()
        self.summary.days += 1

    def _night(self) -> None:
        """What the worker does by itself, twice: nothing may happen twice."""
        follow(self.jurisdiction)
        turn(self.jurisdiction)
        if again := turn(self.jurisdiction) + follow(self.jurisdiction):
            raise AssertionError(f"{clock.today()}: the night's work did {again} things twice")
        for case in Ending.objects.open().select_related("recognition__business", "recognition__jurisdiction"):
            self._take_up(("ending", case.pk), courses.end_of_title(self.who, case))
        for evaluation in Extension.objects.open().select_related("recognition__application"):
            self._take_up(("extension", evaluation.pk), courses.evaluation(self.who, evaluation))
        self._remember_days()

    def _take_up(self, key: tuple[str, int], course: courses.Course) -> None:
        if key not in self._followed:
            self._followed.add(key)
            self.follow(course)

    def _remember_days(self) -> None:
        """The day on which a title's last year begins, and the day after its last, are days to play."""
        for one in self._live():
            for day in (evaluation_opens(one), one.last_day, one.last_day + DAY):
                if day > clock.today() and (one.pk, day) not in self._watched:
                    self._watched.add((one.pk, day))
                    self.on(day, _nothing)


def _moment(day: datetime.date, minute: int) -> datetime.datetime:
    start = datetime.datetime.combine(day, datetime.time(8), ZoneInfo(settings.TIME_ZONE))
    return start + datetime.timedelta(minutes=minute)


def _nothing() -> None:
    """A day on which only the night's work and the check are of interest."""
