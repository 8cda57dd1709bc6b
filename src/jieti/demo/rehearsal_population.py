"""An invented district through the years: the same businesses, what became of them, and those that came new."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random

from jieti.demo.dirt import Planter
from jieti.demo.files import Row, TableFile
from jieti.demo.identities import Codes, Identity, Newcomers, Papers
from jieti.demo.livelihoods import Livelihoods
from jieti.demo.records import Business
from jieti.demo.suppliers import Table, tables
from jieti.domain.terms import RegistrationStatus

NEW_IN_A_YEAR = 0.02
CORRECTED = 0.004
"""Shares of the register."""


class Population:
    """Who is in the register, and how each fares; the same seed gives the same district."""

    def __init__(self, businesses: int, seed: int, basis_date: date) -> None:
        self._seed, self._codes, self._papers = seed, Codes(seed), Papers(seed)
        self._rng = Random(seed)
        newcomers = Newcomers(self._rng, self._codes, basis_date, frozenset())
        self._identities = [newcomers.draw(number) for number in range(businesses)]
        self._ended: dict[str, RegistrationStatus] = {}
        self.now: list[Business] = []

    def settle(self, basis_date: date) -> None:
        """What is true of everybody on the basis date of a year; whoever has ended stays ended."""
        livelihoods = Livelihoods(Random(self._seed * 10_000 + basis_date.year), basis_date)
        self.now = [self._settled(livelihoods, number, one) for number, one in enumerate(self._identities)]
        self._ended = {one.uscc: one.status for one in self.now if one.status is not RegistrationStatus.ACTIVE}

    def welcome(self, since: date, until: date) -> int:
        """Lets a year's share of new businesses be founded after one day and up to another; how many."""
        count = max(1, int(len(self._identities) * NEW_IN_A_YEAR))
        newcomers = Newcomers(self._rng, self._codes, until, frozenset())
        for number in range(len(self._identities), len(self._identities) + count):
            founded = since + timedelta(days=1 + int(self._rng.random() * (until - since).days))
            drawn = replace(newcomers.draw(number), established_on=founded)
            identity = replace(drawn, uscc=self._codes.of(number, founded))
            self._identities.append(identity)
            self.now.append(_registered(identity, self._papers, number))
        return count

    def correct(self, rng: Random) -> None:
        """Some turnovers and taxes turn out to have been written down wrongly."""
        for place in rng.sample(range(len(self.now)), max(2, int(len(self.now) * CORRECTED))):
            one = self.now[place]
            factor = rng.choice((0, 2, 40))
            reports = (replace(r, turnover=None if r.turnover is None else r.turnover * factor) for r in one.reports)
            taxes = (replace(t, paid=t.paid * factor, refunded=t.refunded * factor) for t in one.taxes)
            self.now[place] = replace(one, reports=tuple(reports), taxes=tuple(taxes))

    def write(self, source: str, out: Path, *, share: float = 1.0) -> Path:
        """Writes a supplier's table into a new folder; a `share` below 1 is a file that was cut off."""
        out.mkdir(parents=True)
        table = next(one for one in tables(self._codes) if one.source == source)
        file = table.open(out, len(self.now))
        _fill(table, file, self.now[: int(len(self.now) * share)])
        return file.path

    def _settled(self, livelihoods: Livelihoods, number: int, identity: Identity) -> Business:
        drawn = livelihoods.draw(identity)
        status = self._ended.get(identity.uscc, drawn.status)
        papers = self._papers
        return replace(drawn, status=status, proprietor_id=papers.identity(number), phone=papers.phone(number))


def _registered(identity: Identity, papers: Papers, number: int) -> Business:
    """A business of which nothing but its registration is known yet."""
    return Business(
        uscc=identity.uscc,
        name=identity.name,
        proprietor=identity.proprietor,
        address=identity.address,
        town=identity.town,
        industry=identity.trade.industry,
        established_on=identity.established_on,
        status=RegistrationStatus.ACTIVE,
        is_seasonal=None,
        proprietor_id=papers.identity(number),
        phone=papers.phone(number),
    )


def _fill(table: Table, file: TableFile, businesses: Sequence[Business]) -> None:
    planter, rows = Planter(table.plants), 0

    def add(row: Row) -> None:
        nonlocal rows
        blank = all(value is None for value in row)
        rows += not blank
        file.add((None if blank else rows, *row) if table.numbered else row)

    for index, business in enumerate(businesses):
        for row in table.rows(business):
            for written in planter.rows(row, index):
                add(written)
    for row in planter.postponed:
        add(row)
    file.close()
