"""Who the invented businesses are: codes, names, proprietors, places and founding dates."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from stdnum.cn import ric

from jieti.demo import vocabulary
from jieti.demo.trades import CUMULATIVE, TRADES, Trade
from jieti.domain import uscc
from jieti.domain.townships import AREAS, DISTRICT_CODE, Township

LABEL_REQUIRED_FROM = date(2025, 7, 15)
"""From this day names end in （个体工商户） (《个体工商户登记管理规定》)."""

_BASE = len(uscc.ALPHABET)
CAPACITY = _BASE**5
"""How many businesses there are codes for."""

_STRIDE = 17_320_508
_FIRST_BIRTH, _LAST_BIRTH = date(1945, 1, 1), date(2000, 12, 31)
_SERIALS = 999
_IDENTITIES = _SERIALS * ((_LAST_BIRTH - _FIRST_BIRTH).days + 1)
_ERAS = ((date(2021, 1, 1), "MA1"), (date(2023, 1, 1), "MAB"), (date(2024, 1, 1), "MAC"), (date(2025, 1, 1), "MAD"))
_LATEST_ERA = "MAF"
_ORPHAN_ERA = "MAX"
_YEARS_BACK = (55, 110, 105, 100, 85, 75, 70, 65, 55, 50, 45, 40, 33, 27, 22, 18, 14, 11, 8, 6, 5, 4, 3, 3, 2, 2, 1, 1)
_YEARS_BACK_CUMULATIVE = tuple(accumulate(_YEARS_BACK))
_AREA_WORD = re.compile(r"(?:北京)?(.+?)(?:镇|街道|满族乡|经济开发区)$")
_AREA_WORDS = {area.code: _AREA_WORD.sub(r"\1", area.name) for area in AREAS}
_NAME_PREFIXES = ("北京市怀柔区{area}", "北京市怀柔区{area}", "北京市怀柔区", "北京怀柔{area}", "北京{area}")


@dataclass(frozen=True, slots=True)
class Identity:
    """What a newcomer to the register states."""

    uscc: str
    name: str
    proprietor: str
    address: str
    town: Township
    trade: Trade
    established_on: date


def _areas(weights: Mapping[str, int]) -> tuple[tuple[Township, ...], tuple[int, ...]]:
    chosen = tuple(area for area in AREAS if area.name in weights)
    return chosen, tuple(accumulate(weights[area.name] for area in chosen))


_URBAN, _RURAL = _areas(vocabulary.URBAN_WEIGHTS), _areas(vocabulary.RURAL_WEIGHTS)


class Codes:
    """Valid credit codes by number, all different, scattered by the seed."""

    def __init__(self, seed: int) -> None:
        self._offset = seed % CAPACITY

    def of(self, number: int, founded: date) -> str:
        """The code of business ``number``; organisation codes tell roughly when they were given."""
        era = next((letters for before, letters in _ERAS if founded < before), _LATEST_ERA)
        return self._compose(era, number)

    def orphan(self, number: int) -> str:
        """A valid code that no business of the register has."""
        return self._compose(_ORPHAN_ERA, number)

    def _compose(self, era: str, number: int) -> str:
        left, letters = (number * _STRIDE + self._offset) % CAPACITY, ""
        for _ in range(5):
            left, digit = divmod(left, _BASE)
            letters += uscc.ALPHABET[digit]
        return uscc.compose(division=DISTRICT_CODE, organisation=era + letters)


class Papers:
    """Invented identity numbers and telephones by number, all different, scattered by the seed; they are nobody's.

    110116 has been the division's code since 30 December 2001 (before: 怀柔县 110227), so that nobody born in the
    years used here was given a number that begins with it; telephones begin with 154, which no operator gives out.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def identity(self, number: int) -> str:
        """The identity number of person ``number``, with its check digit (GB 11643)."""
        day, serial = divmod((number * _STRIDE + self._seed) % _IDENTITIES, _SERIALS)
        body = f"{DISTRICT_CODE}{_FIRST_BIRTH + timedelta(days=day):%Y%m%d}{serial + 1:03d}"
        return body + str(ric.calc_check_digit(f"{body}0"))

    def phone(self, number: int) -> str:
        """The telephone of person ``number``."""
        return f"154{(number * _STRIDE + self._seed) % 100_000_000:08d}"


class Newcomers:
    """Draws identities; the same generator state gives the same ones."""

    def __init__(self, rng: Random, codes: Codes, basis_date: date, reserved: frozenset[str]) -> None:
        self._rng, self._codes, self._basis, self._reserved = rng, codes, basis_date, reserved

    def draw(self, number: int) -> Identity:
        """Business ``number`` of the population."""
        trade = TRADES[bisect_right(CUMULATIVE, self._rng.random() * CUMULATIVE[-1])]
        town = self._town(trade)
        founded = self._founded()
        surname, given = self._person()
        name = self._free_name(surname, given, town, trade, founded)
        return Identity(
            uscc=self._codes.of(number, founded),
            name=name,
            proprietor=surname + given,
            address=self._address(town),
            town=town,
            trade=trade,
            established_on=founded,
        )

    def _town(self, trade: Trade) -> Township:
        areas, cumulative = _RURAL if self._rng.random() < trade.rural else _URBAN
        return areas[bisect_right(cumulative, self._rng.random() * cumulative[-1])]

    def _founded(self) -> date:
        back = bisect_right(_YEARS_BACK_CUMULATIVE, self._rng.random() * _YEARS_BACK_CUMULATIVE[-1])
        first = date(self._basis.year - back, 1, 1)
        last = self._basis if back == 0 else date(first.year, 12, 31)
        day = first + timedelta(days=int(self._rng.random() * ((last - first).days + 1)))
        return day if day.weekday() < 5 else max(first, day - timedelta(days=2))

    def _person(self) -> tuple[str, str]:
        draw = self._rng.random
        surnames = vocabulary.SURNAMES[:10] if draw() < 0.4 else vocabulary.SURNAMES
        surname = surnames[int(draw() * len(surnames))]
        given = self._one_of(vocabulary.GIVEN)
        if draw() < 0.75:
            given += self._one_of(vocabulary.RARE_GIVEN if draw() < 0.01 else vocabulary.GIVEN)
        return surname, given

    def _free_name(self, surname: str, given: str, town: Township, trade: Trade, founded: date) -> str:
        name = self._name(surname, given, town, trade)
        while name in self._reserved:
            name = self._name(surname, given, town, trade)
        labelled = founded >= LABEL_REQUIRED_FROM or self._rng.random() < 0.03
        return name + "（个体工商户）" if labelled else name

    def _name(self, surname: str, given: str, town: Township, trade: Trade) -> str:
        prefix = self._one_of(_NAME_PREFIXES).format(area=_AREA_WORDS[town.code])
        return prefix + self._brand(surname, given) + self._one_of(trade.words)

    def _brand(self, surname: str, given: str) -> str:
        kind = self._rng.random()
        if kind < 0.4:
            return self._one_of(vocabulary.BRAND_FORMS).format(surname=surname, given=given[-1])
        if kind < 0.46:
            return self._one_of(vocabulary.BRAND_PLACES)
        brand = self._one_of(vocabulary.BRAND_FIRST) + self._one_of(vocabulary.BRAND_SECOND)
        return brand if kind < 0.8 else self._one_of(vocabulary.BRAND_FIRST) + brand

    def _address(self, town: Township) -> str:
        place = self._one_of(vocabulary.PLACES[town.name])
        number = int(self._rng.random() * 300) + 1
        area = "" if place.endswith(("街", "路")) else town.name
        return f"北京市怀柔区{area}{place}{number}号"

    def _one_of(self, values: Sequence[str]) -> str:
        return values[int(self._rng.random() * len(values))]
