"""What must hold on the evening of every day of a rehearsal, whatever has happened."""

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection
from django.db.models import Count, F, Q

from jieti.accounts.models import Jurisdiction
from jieti.appeals.models import Objection, ObjectionStep
from jieti.audit.checking import verify
from jieti.determinations.models import NationalExport, Result, Run
from jieti.determinations.running import plan_of
from jieti.directory.models import DirectoryEntry, Publication
from jieti.directory.publications import lines_of
from jieti.domain.milestones import MilestoneStatus
from jieti.kit import clock
from jieti.notices.models import Notice
from jieti.registry.models import Delivery
from jieti.rulebooks.models import AnnualNorm
from jieti.supervision.board import board
from jieti.supervision.models import Effect
from rulecore.result import leaf_hash, merkle_root, schema, tree_hash

STANDING = """
select count(*) from determinations_result r join registry_business b on b.uscc = r.uscc
left join directory_directoryentry e on e.uscc = r.uscc
where r.run_id = %s and r.is_current
  and (e.uscc is null or (e.tier, e.possible, e.year) is distinct from (r.tier, r.possible, %s))
"""
AUDIT = "审计记录完整"
DECISIONS = ("uphold", "refuse", "send_back")


class BrokenInvariantError(AssertionError):
    """Something does not hold that must hold; says which, on which day, and what was found."""

    def __init__(self, day: date, invariant: str, found: str) -> None:
        self.day, self.invariant, self.found = day, invariant, found
        super().__init__(f"{day} {invariant}：{found}")


class Invariants:
    """The checks of one rehearsal. Roots are worked out again when they are new, and all of them in a whole check."""

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        self._jurisdiction = jurisdiction
        self._proved: set[str] = set()
        self.held: Counter[str] = Counter()

    def check(self, *, whole: bool = False) -> None:
        """Raises BrokenInvariantError for the first that does not hold today."""
        if whole:
            self._proved.clear()
        for invariant, find in CHECKS.items():
            for found in find(self):
                raise BrokenInvariantError(clock.today(), invariant, found)
            self.held[invariant] += 1
        proved = verify(day=None if whole else clock.today())
        if proved.broken:
            raise BrokenInvariantError(clock.today(), AUDIT, str(proved.broken))
        self.held[AUDIT] += 1

    def one_main_run_a_year(self) -> Iterator[str]:
        runs = Run.objects.of(self._jurisdiction).main().standing()
        for row in runs.order_by().values("year").annotate(runs=Count("pk")).filter(runs__gt=1):
            yield f"{row['year']}年有{row['runs']}次正式判定"

    def directory_is_the_published_run(self) -> Iterator[str]:
        run = Run.objects.of(self._jurisdiction).main().published().order_by("-year").first()
        if run is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(STANDING, [run.pk, run.year])
            (differing,) = cursor.fetchone()
        if differing:
            yield f"{differing}户的名录条目不是{run}的现行结果"

    def cases_have_owner_and_deadline(self) -> Iterator[str]:
        for one in Objection.objects.open().filter(Q(owner="") | Q(due_latest=None)):
            yield f"异议{one.pk}（{one.state}）没有承办单位或者期限"

    def overdue_ones_are_told(self) -> Iterator[str]:
        for one in Objection.objects.overdue(clock.today()):
            if not Notice.objects.filter(kind="objection_overdue", subject=f"objection:{one.pk}").exists():
                yield f"异议{one.pk}逾期，没有提醒"
        for line in board(self._jurisdiction, clock.today().year):
            if line.status == MilestoneStatus.OVERDUE:
                subject = f"milestone:{self._jurisdiction.pk}:{line.milestone.year}:{line.milestone.key}"
                if not Notice.objects.filter(subject=subject, kind__endswith="_overdue").exists():
                    yield f"{line.milestone.title}逾期，没有提醒"

    def roots_come_out_again(self) -> Iterator[str]:
        for run in Run.objects.of(self._jurisdiction).filter(status__in=(Run.Status.DONE, Run.Status.PUBLISHED)):
            if self._is_new(f"run:{run.pk}") and _root_of(run) != run.merkle_root:
                yield f"{run}的默克尔根算不出来"
        for one in Publication.objects.of(self._jurisdiction):
            if self._is_new(f"publication:{one.pk}"):
                leaves = [leaf_hash(line.leaf.encode()) for line in lines_of(one)]
                if tree_hash(leaves).hex() != one.merkle_root or len(leaves) != one.entries:
                    yield f"{one}的默克尔根算不出来"

    def newest_publication_is_the_directory(self) -> Iterator[str]:
        newest = Publication.objects.of(self._jurisdiction).newest()
        if newest is None or not self._is_new(f"directory:{newest.pk}"):
            return
        shown = {
            one.uscc: (one.tier, one.year) for one in DirectoryEntry.objects.filter(jurisdiction=self._jurisdiction)
        }
        if {line.uscc: (line.tier, line.year) for line in lines_of(newest)} != shown:
            yield f"{newest}与名录不一致"

    def rows_add_up(self) -> Iterator[str]:
        wrong = Delivery.objects.exclude(rows=F("taken") + F("refused") + F("skipped"))
        found = wrong | Delivery.objects.accepted().filter(Q(known_at=None) | Q(clean_path=""))
        for one in found[:1]:
            yield f"第{one.pk}批的行数不相加"

    def packages_are_whole(self) -> Iterator[str]:
        for one in NationalExport.objects.of(self._jurisdiction):
            if one.rows != Result.objects.filter(run=one.run_id, version=1).count():
                yield f"{one}的户数与判定不一致"

    def two_people_each(self) -> Iterator[str]:
        doubles = {
            "送数": Delivery.objects.filter(confirmed_by=F("received_by")),
            "认定标准": AnnualNorm.objects.filter(approved_by=F("proposed_by")),
            "判定公布": Run.objects.filter(published_by=F("started_by")),
        }
        yield from (f"{title}由一人办理" for title, found in doubles.items() if found.exists())
        for step in ObjectionStep.objects.filter(step__in=DECISIONS):
            if ObjectionStep.objects.filter(case=step.case_id, step="conclude", by=step.by_id).exists():
                yield f"异议{step.case_id}由一人提出处理意见并决定"

    def corrections_are_followed(self) -> Iterator[str]:
        """A version of a published result has its effects listed, and its directory entry issued."""
        waiting = Effect.objects.open().filter(kind=Effect.Kind.RESULT)
        known = Effect.objects.filter(kind=Effect.Kind.RESULT).exclude(pk__in=waiting)
        newest = Run.objects.of(self._jurisdiction).main().published().order_by("-year").first()
        if newest is None:
            return
        traced = set(known.filter(run=newest).values_list("uscc", "cause"))
        later = Result.objects.filter(run=newest, version__gt=1, decided_at__gte=newest.published_at)
        if left := set(later.values_list("uscc", "cause")) - traced:
            yield f"{len(left)}户更正后没有清查影响"

    def _is_new(self, key: str) -> bool:
        is_new = key not in self._proved
        self._proved.add(key)
        return is_new


CHECKS: dict[str, Callable[[Invariants], Iterator[str]]] = {
    "一年一次正式判定": Invariants.one_main_run_a_year,
    "名录就是公布的结果": Invariants.directory_is_the_published_run,
    "每件异议都有承办单位和期限": Invariants.cases_have_owner_and_deadline,
    "逾期都有提醒": Invariants.overdue_ones_are_told,
    "默克尔根可以重算": Invariants.roots_come_out_again,
    "最新一次发布就是名录": Invariants.newest_publication_is_the_directory,
    "送数的行数相加": Invariants.rows_add_up,
    "数据包的户数就是判定的户数": Invariants.packages_are_whole,
    "两人办理": Invariants.two_people_each,
    "更正都清查了影响": Invariants.corrections_are_followed,
}


def _root_of(run: Run) -> str:
    """The root over the results as they stand in the database, first versions only: what the run found."""
    fields = ("uscc", "tier", "possible", "true_bits", "unknown_bits")
    rows = list(Result.objects.filter(run=run, version=1).order_by("uscc").values(*fields))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.parquet"
        form = schema(plan_of(run))
        pq.write_table(pa.Table.from_pylist(rows, schema=form), file)
        return merkle_root(file).hex()
