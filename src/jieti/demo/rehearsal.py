"""Whole years of an invented district, day by day: deliveries, norm, run, publication, objections, corrections.

Only days on which something happens or is due are played, and some at random. Every evening what must hold is checked
(`rehearsal_invariants`). The same seed plays the same years.
"""

import datetime
import heapq
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from django.conf import settings

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of
from jieti.appeals import reminding
from jieti.appeals.models import Objection
from jieti.audit.actions import close_day
from jieti.demo.rehearsal_cases import Course, Desk
from jieti.demo.rehearsal_cast import Cast, make_cast, make_proprietor
from jieti.demo.rehearsal_invariants import BrokenInvariantError, Invariants
from jieti.demo.rehearsal_population import Population
from jieti.demo.rehearsal_summary import Summary
from jieti.demo.rehearsal_year import Year
from jieti.determinations.models import Run
from jieti.determinations.rejudging import late_deliveries, rejudge
from jieti.directory.actions import follow_register, follow_results
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.actions import load_measures
from jieti.registry.feeds import load_feeds
from jieti.registry.models import Business, Delivery
from jieti.rulebooks.actions import load_site, record_rulebook
from jieti.supervision import alarms, watching
from jieti.supervision.board import milestones_of
from jieti.supervision.effects import trace_all
from jieti.supervision.models import Effect

Tell = Callable[[str, int], None]
Deed = Callable[[], None]
OBJECTIONS = 0.002
"""The share of businesses whose proprietors object in a year; ten at the least."""
FIRST_YEAR = 2025
"""The holidays of the first years are known, those of the last are not: deadlines of both kinds come up."""


class Rehearsal:
    """A play of some years. `folder` takes the departments' files."""

    def __init__(self, *, years: int, businesses: int, seed: int, folder: Path, tell: Tell) -> None:
        self._years, self._tell, self._folder = years, tell, folder
        self.rng = Random(seed)
        self._agenda: list[tuple[datetime.date, int, Deed]] = []
        self._order = count()
        self._followed: set[int] = set()
        self._deciding: set[str] = set()
        self._watched: set[tuple[int, datetime.date]] = set()
        first = datetime.date(FIRST_YEAR, 7, 1)
        self.population = Population(businesses, seed, first)
        self.businesses = businesses
        self.summary = Summary()

    def play(self) -> Summary:
        """Plays it to the end. Raises BrokenInvariantError for the first thing that does not hold."""
        with clock.at(datetime.date(FIRST_YEAR, 1, 2)):
            self._open()
        for number in range(self._years):
            self._plan(FIRST_YEAR + number)
        last = datetime.date(FIRST_YEAR + self._years, 3, 31)
        first, total = datetime.date(FIRST_YEAR, 1, 1), self._years * 365 + 90
        while self._agenda and self._agenda[0][0] <= last:
            day = self._agenda[0][0]
            self._tell(f"{day}", min(99, 100 * (day - first).days // total))
            try:
                self._day(day)
            except Refusal as refused:
                raise BrokenInvariantError(day, "每一步都办得成", str(refused)) from refused
        self.summary.checks = self.invariants.held
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

    def file_for(self, source: str, *, share: float = 1.0) -> Path:
        """A supplier's table as the district now is."""
        folder = self._folder / f"{clock.today()}-{source}-{next(self._order)}"
        return self.population.write(source, folder, share=share)

    def object_in(self, year: int) -> None:
        """Proprietors object to the year's results, over the four weeks in which they may."""
        desk = Desk(self.cast.clerk, self.cast.proposer, self.cast.approver, self.cast.suppliers)
        wanted = max(10, int(self.businesses * OBJECTIONS))
        entries = DirectoryEntry.objects.filter(year=year, is_new=False).order_by("uscc")
        for uscc in self.rng.sample(list(entries.values_list("uscc", flat=True)), wanted):
            business = Business.objects.get(pk=uscc)
            steps = Course(self.rng, desk, make_proprietor(business), business).steps()
            self.after(self.rng.randint(0, 27), partial(self._go_on, steps))

    def _go_on(self, steps: Iterator[int]) -> None:
        for days in steps:
            if days:
                self.after(days, lambda: self._go_on(steps))
                return

    def _open(self) -> None:
        self.jurisdiction: Jurisdiction = load_site(by=None)
        load_feeds(by=None, jurisdiction=self.jurisdiction)
        record_rulebook(by=None)
        load_measures(folder=folder_of(), by=None)
        self.cast: Cast = make_cast(self.jurisdiction)
        self.invariants = Invariants(self.jurisdiction)

    def _plan(self, year: int) -> None:
        Year(self, year).plan()
        for one in milestones_of(self.jurisdiction, year):
            if one.due is not None:
                self.on(one.due, _nothing)
                self.on(one.due + datetime.timedelta(days=1), _nothing)
        for _ in range(6):
            self.on(datetime.date(year, 1, 1) + datetime.timedelta(days=self.rng.randrange(365)), _nothing)
        self.on(datetime.date(year, 12, 31), lambda: self.invariants.check(whole=True))

    def _day(self, day: datetime.date) -> None:
        """One day: what is on its agenda, each at a time of its own, then the night's work, then the check."""
        minutes = count()
        while self._agenda and self._agenda[0][0] == day:
            _, _, deed = heapq.heappop(self._agenda)
            with clock.at(_moment(day, next(minutes))):
                deed()
        with clock.at(_moment(day, next(minutes))):
            self._night()
        with clock.at(_moment(day, next(minutes))):
            self._remember_deadlines()
            self.invariants.check()
        self.summary.days += 1

    def _night(self) -> None:
        """What the worker does by itself."""
        newest = Run.objects.of(self.jurisdiction).main().published().order_by("-year").first()
        if newest is not None:
            for delivery in late_deliveries(newest):
                rejudge(by=None, run=newest, delivery=delivery)
                self.note("判定以后才送到")
        registers = Delivery.objects.accepted().of_source("registration").order_by("pk")
        for delivery in registers.exclude(pk__in=self._followed):
            follow_register(by=None, delivery=delivery)
            self._followed.add(delivery.pk)
        follow_results(by=None)
        trace_all(self.jurisdiction)
        reminding.remind()
        alarms.raise_alarms(self.jurisdiction)
        watching.watch(self.jurisdiction)
        close_day(by=None)
        self._hand_over()

    def _hand_over(self) -> None:
        """Everything that waits for a decision comes before the approver within some days."""
        waiting = Effect.objects.open().filter(kind=Effect.Kind.RESULT).order_by("pk")
        for cause in dict.fromkeys(waiting.values_list("cause", flat=True)):
            if cause not in self._deciding:
                self._deciding.add(cause)
                self.after(self.rng.randint(1, 9), partial(self._decide, cause))

    def _decide(self, cause: str) -> None:
        Year.decide_effects(self, cause)

    def _remember_deadlines(self) -> None:
        """The day after a deadline is a day to play: then somebody has to hear of it."""
        for one in Objection.objects.open().exclude(due_latest=None):
            day = one.due_latest + datetime.timedelta(days=1) if one.due_latest else clock.today()
            if day > clock.today() and (one.pk, day) not in self._watched:
                self._watched.add((one.pk, day))
                self.on(day, _nothing)


def _moment(day: datetime.date, minute: int) -> datetime.datetime:
    start = datetime.datetime.combine(day, datetime.time(8), ZoneInfo(settings.TIME_ZONE))
    return start + datetime.timedelta(minutes=minute)


def _nothing() -> None:
    """A day on which only the night's work and the check are of interest."""
