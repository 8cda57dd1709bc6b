"""The law as one text for engines of expressions (zen, CEL), which have no three-valued logic: every condition is
written twice, once for what is known to hold and once for what may; amounts are in cents, days are numbers.
"""

from dataclasses import dataclass
from datetime import date

from benchmarks.standard import CRITERIA, TWO_YEAR_CUTOFF, YEAR_FIRST_DAY


@dataclass(frozen=True)
class Words:
    """How a language says and, or and not."""

    both: str
    either: str
    no: str


@dataclass(frozen=True)
class Pair:
    """A condition as texts: known to hold; may hold."""

    must: str
    may: str


def day_number(day: date | None) -> int | None:
    """A day as peers get it."""
    return None if day is None else day.toordinal()


def _tests() -> dict[str, tuple[str, str]]:
    """Each leaf: its fact, and the test of a known value."""
    young, old = day_number(YEAR_FIRST_DAY), day_number(TWO_YEAR_CUTOFF)
    return {
        "registered": ("registration_status", "registration_status == 'active'"),
        "founded_this_year": ("established_on", f"established_on >= {young}"),
        "annual_report": ("annual_report_filed", "annual_report_filed == true"),
        "no_abnormal_mark": ("abnormal_mark", "abnormal_mark == false"),
        "no_serious_violation": ("serious_violation_listing", "serious_violation_listing == false"),
        "no_abnormal_taxpayer": ("abnormal_taxpayer", "abnormal_taxpayer == false"),
        "suspended_now": ("suspended", "suspended == true"),
        "seasonal": ("is_seasonal", "is_seasonal == true"),
        "two_years": ("established_on", f"established_on <= {old}"),
        "tax_registration": ("tax_registered", "tax_registered == true"),
        "growth_turnover_met": ("turnover", "turnover >= 30000000"),
        "growth_tax_met": ("tax_paid", "tax_paid >= 500000"),
        "growth_staff_from": ("insured_headcount", "insured_headcount >= 1"),
        "growth_staff_to": ("insured_headcount", "insured_headcount <= 3"),
        "development_turnover_met": ("turnover", "turnover >= 300000000"),
        "general_taxpayer": ("general_vat_taxpayer", "general_vat_taxpayer == true"),
        "development_tax_met": ("tax_paid", "tax_paid >= 5000000"),
        "development_insurance_met": ("insured_headcount", "insured_headcount >= 4"),
        "development_trademark_met": ("trademarks_in_use", "trademarks_in_use >= 1"),
        "development_patent_met": ("patents", "patents >= 1"),
    }


class Law:
    """The law's conditions in a language's words."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._known = {
            name: Pair(f"({fact} != null {words.both} {test})", f"({fact} == null {words.either} {test})")
            for name, (fact, test) in _tests().items()
        }
        self._compose()

    def of(self, name: str) -> Pair:
        """The condition with this name."""
        return self._known[name]

    def _compose(self) -> None:
        """The criteria made of others, and the parts that several formulas need."""
        marks = ("no_abnormal_mark", "no_serious_violation", "no_abnormal_taxpayer")
        rights = ("development_insurance_met", "development_trademark_met", "development_patent_met")
        suspended, seasonal = self.of("suspended_now"), self.of("seasonal")
        self._known["growth_insurance_met"] = self._all("growth_staff_from", "growth_staff_to")
        self._known["working"] = Pair(
            self._any_of(self._not(suspended.may), seasonal.must), self._any_of(self._not(suspended.must), seasonal.may)
        )
        self._known["clean"] = self._all("registered", *marks, "working")
        self._known["reported"] = self._any("founded_this_year", "annual_report")
        self._known["base_standard"] = self._all("clean", "reported")
        self._known["grown"] = self._any("growth_turnover_met", "growth_tax_met", "growth_insurance_met")
        self._known["taxed"] = self._all("general_taxpayer", "development_tax_met")
        self._known["developed"] = self._any("development_turnover_met", "taxed", *rights)
        self._known["growth_standard"] = self._all("two_years", "tax_registration", "grown")
        self._known["development_standard"] = self._all("two_years", "tax_registration", "developed")

    def true_bits(self) -> str:
        """The mask of the criteria known to hold."""
        return " + ".join(f"({self.of(name).must} ? {1 << bit} : 0)" for bit, name in enumerate(CRITERIA))

    def unknown_bits(self) -> str:
        """The mask of the criteria that may hold and are not known to."""
        return " + ".join(
            f"({self._all_of(self.of(name).may, self._not(self.of(name).must))} ? {1 << bit} : 0)"
            for bit, name in enumerate(CRITERIA)
        )

    def possible(self) -> str:
        """The mask of possible outcomes, exact; see the polars expressions for the why."""
        return " + ".join(f"({text} ? {1 << bit} : 0)" for bit, text in enumerate(self._outcomes()))

    def _outcomes(self) -> list[str]:
        must = {name: pair.must for name, pair in self._known.items()}
        may = {name: pair.may for name, pair in self._known.items()}
        young = must["founded_this_year"]
        settled = self._all_of(may["clean"], self._not(young), may["annual_report"])
        asked = self._all_of(settled, may["two_years"], may["tax_registration"])
        rights = (must["development_trademark_met"], must["development_patent_met"])
        staff = (must["growth_insurance_met"], must["development_insurance_met"])
        plain = self._not(self._any_of(must["growth_turnover_met"], must["growth_tax_met"], *staff, *rights))
        between = self._any_of("established_on == null", self._not(self._any_of(young, must["two_years"])))
        later = self._all_of(settled, self._any_of(between, self._not(must["tax_registration"]), plain))
        unreported = self._all_of(self._not(young), self._not(must["annual_report"]))
        return [
            self._any_of(self._not(must["clean"]), unreported),
            self._any_of(self._all_of(may["clean"], may["founded_this_year"]), later),
            self._all_of(asked, may["grown"], self._not(must["developed"])),
            self._all_of(asked, may["developed"]),
        ]

    def _all(self, *names: str) -> Pair:
        return Pair(self._all_of(*(self.of(n).must for n in names)), self._all_of(*(self.of(n).may for n in names)))

    def _any(self, *names: str) -> Pair:
        return Pair(self._any_of(*(self.of(n).must for n in names)), self._any_of(*(self.of(n).may for n in names)))

    def _all_of(self, *texts: str) -> str:
        return "(" + f" {self._words.both} ".join(texts) + ")"

    def _any_of(self, *texts: str) -> str:
        return "(" + f" {self._words.either} ".join(texts) + ")"

    def _not(self, text: str) -> str:
        return f"{self._words.no}({text})"
