"""Matches businesses with measures and keeps the outcome: one row a business, a row for each distinct signature."""

import io
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.csv as pv
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.measures import running
from jieti.measures.conditions import Rule, needs_others, rule_of
from jieti.measures.inputs import TIERS, Stamp, gather, norms_of, results_since, stamp_of
from jieti.measures.models import Matching, MeasureVersion, Signature, words_of
from jieti.measures.running import Matches, Terms
from jieti.registry.models import Business
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.explain import Finding

CLAUSE = "正文二(三)6"
KEPT = 3
"""So many of the newest whole matchings keep their files."""
LOCK = "measures.match:"
FOUND = "create temp table measures_found (uscc text primary key, signature bigint) on commit drop"
WRITE = f"""
insert into measures_standing as s (business_id, jurisdiction_id, signature_id, matching_id, tier, town, told)
select b.uscc, b.jurisdiction_id, coalesce(f.signature, %(unknown)s), %(matching)s, t.tier, b.town, '{{}}'
from registry_business b
left join measures_found f on f.uscc = b.uscc
left join {TIERS} t on t.uscc = b.uscc
where b.jurisdiction_id = %(jurisdiction)s and (%(only)s::text[] is null or b.uscc = any(%(only)s))
on conflict (business_id) do update set
    (jurisdiction_id, signature_id, matching_id, tier, town)
  = (excluded.jurisdiction_id, excluded.signature_id, excluded.matching_id, excluded.tier, excluded.town)
where (s.jurisdiction_id, s.signature_id, s.tier, s.town)
      is distinct from (excluded.jurisdiction_id, excluded.signature_id, excluded.tier, excluded.town)
"""  # noqa: S608 - names of our own columns


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one business is, is not, or cannot yet be told to be entitled: the demand that decides, and the words."""

    outcome: bool | None
    findings: tuple[Finding, ...]

    @property
    def text(self) -> str:
        """What decides, with its clause and the values that it rests on."""
        return "".join(_said(one) for one in self._deciding)

    @property
    def plain(self) -> str:
        """The same without clauses: what measures of several clauses have in common."""
        return "".join(_plainly(one) for one in self._deciding)

    @property
    def _deciding(self) -> tuple[Finding, ...]:
        """The demands that fail, else those that are open, else all, which are met."""
        return tuple(one for one in self.findings if one.outcome is self.outcome) or self.findings


@transaction.atomic
def match_all(*, by: User | None, jurisdiction: Jurisdiction, cause: str) -> Matching:
    """Matches every business of the jurisdiction with every measure in force, and writes what changed."""
    return _matched(by, jurisdiction, cause, None)


@transaction.atomic
def rematch(*, by: User | None, jurisdiction: Jurisdiction, usccs: Collection[str], cause: str) -> Matching:
    """The same for these businesses alone: of them everything may have changed, of the others nothing."""
    return _matched(by, jurisdiction, cause, sorted(set(usccs)))


@transaction.atomic
def follow(*, jurisdiction: Jurisdiction) -> Matching | None:
    """Matches again where publications, deliveries, recognitions, measures or the day have changed since; else None.

    Where only results or titles have, the businesses concerned alone.
    """
    _lock(jurisdiction)
    last, now = Matching.objects.of(jurisdiction).newest(), stamp_of(jurisdiction)
    if last is not None and last.stamp == now:
        return None
    if last is None or any(last.stamp.get(key) != now[key] for key in ("day", "run", "deliveries", "versions")):
        return match_all(by=None, jurisdiction=jurisdiction, cause=_cause(last, now))
    concerned = {*results_since(jurisdiction, last.stamp["result"] or 0), *_codes(last.stamp), *_codes(now)}
    return rematch(by=None, jurisdiction=jurisdiction, usccs=concerned, cause="结果更正或者认定变动")


def rules_in_force(jurisdiction: Jurisdiction) -> list[Rule]:
    """The measures in force today, as the engine asks for them."""
    rulebook = current_rulebook(jurisdiction)
    versions = MeasureVersion.objects.of(jurisdiction).in_force(clock.today()).select_related("measure")
    return [rule_of(rulebook, one, one.measure.number) for one in versions.order_by("measure__number") if one.measure]


def reasons(business: Business, rules: Collection[Rule]) -> dict[int, Reason]:
    """Why the business matches each rule or does not, by the rule's number; measures that demand the same share one."""
    return reasons_of(business.jurisdiction, [business.pk], rules)[business.pk]


@transaction.atomic
def reasons_of(
    jurisdiction: Jurisdiction, usccs: Collection[str], rules: Collection[Rule]
) -> dict[str, dict[int, Reason]]:
    """The same for several businesses, in one reading of the tables."""
    every, terms = list(rules), _terms(jurisdiction)
    with _folder() as folder:
        sources = gather(jurisdiction, folder, usccs, whole_register=needs_others(every, terms.rulebook))
        facts = running.facts_of(terms, every, sources, usccs, folder)
    return {uscc: _reasons(terms, every, facts.get(uscc, {})) for uscc in usccs}


def _reasons(terms: Terms, rules: Collection[Rule], facts: Mapping[str, object]) -> dict[int, Reason]:
    known: dict[object, Reason] = {}
    for rule in rules:
        if rule.shown not in known:
            known[rule.shown] = _reason(terms, rule, facts)
    return {rule.number: known[rule.shown] for rule in rules}


def _reason(terms: Terms, rule: Rule, facts: Mapping[str, object]) -> Reason:
    found = running.explain_rule(terms, rule, facts)
    mine = {one.key for one in rule.demands}
    own = tuple(one for one in found.findings if one.key in mine and one.depth == 0)
    outcomes = {one.outcome for one in own}
    return Reason(False if False in outcomes else None if None in outcomes else True, own)


def _said(finding: Finding) -> str:
    return f"{finding.sentence or finding.label}（{finding.clause}）{_values(finding)}"


def _plainly(finding: Finding) -> str:
    return f"{finding.sentence or finding.label}{_values(finding)}"


def _values(finding: Finding) -> str:
    if finding.missing:
        return f"还缺：{'；'.join(finding.missing)}。"
    return "，".join(f"{line.label}：{line.value_text}" for line in finding.fact_lines) + "。"


def _matched(by: User | None, jurisdiction: Jurisdiction, cause: str, only: list[str] | None) -> Matching:
    _lock(jurisdiction)
    rules, terms = rules_in_force(jurisdiction), _terms(jurisdiction)
    matching = Matching.objects.create(
        jurisdiction=jurisdiction,
        day=terms.day,
        cause=cause,
        is_whole=only is None,
        stamp=stamp_of(jurisdiction),
        rules=[[rule.number, rule.key, rule.version] for rule in rules],
    )
    with _folder() as folder:
        sources = gather(jurisdiction, folder, only, whole_register=needs_others(rules, terms.rulebook))
        found = running.match(terms, rules, sources, folder)
    _write(matching, rules, found, only)
    detail = {"businesses": matching.businesses, "changed": matching.changed, "measures": len(rules), "cause": cause}
    record(
        by=by,
        verb="measures.match",
        subject=f"matching:{matching.pk}",
        detail=detail,
        clause=CLAUSE,
        jurisdiction=jurisdiction.pk,
    )
    return matching


def _terms(jurisdiction: Jurisdiction) -> Terms:
    return Terms(current_rulebook(jurisdiction), clock.today(), norms_of(jurisdiction))


def _write(matching: Matching, rules: list[Rule], found: Matches, only: list[str] | None) -> None:
    everything = tuple(words_of(rule.number for rule in rules))
    ids = _signature_ids(matching.jurisdiction, [*found.signatures, ((), everything)])
    places = pa.array(ids[:-1], pa.int64()).take(found.businesses.column(running.PLACE))
    table = pa.table({"uscc": found.businesses.column("uscc"), "signature": places})
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists measures_found")
        cursor.execute(FOUND)
        with cursor.copy("copy measures_found from stdin (format csv)") as copy:
            copy.write(_csv(table))
        values: dict[str, int | str | list[str] | None] = {
            "unknown": ids[-1],
            "matching": matching.pk,
            "jurisdiction": matching.jurisdiction_id,
            "only": only,
        }
        cursor.execute(WRITE, values)
        matching.changed = cursor.rowcount
    matching.businesses = len(only) if only is not None else Business.objects.filter(
        jurisdiction=matching.jurisdiction
    ).count()  # fmt: skip
    matching.path = _keep(matching, table) if matching.is_whole else ""
    matching.save(update_fields=["businesses", "changed", "path"])


def _signature_ids(jurisdiction: Jurisdiction, wanted: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> list[int]:
    """The rows of these signatures, in their order; those that are new are written."""
    known = _known(jurisdiction)
    new = [one for one in dict.fromkeys(wanted) if one not in known]
    Signature.objects.bulk_create(
        Signature(jurisdiction=jurisdiction, matched=list(matched), unknown=list(unknown)) for matched, unknown in new
    )
    known = _known(jurisdiction) if new else known
    return [known[one] for one in wanted]


def _known(jurisdiction: Jurisdiction) -> dict[tuple[tuple[int, ...], tuple[int, ...]], int]:
    rows = Signature.objects.filter(jurisdiction=jurisdiction).values_list("pk", "matched", "unknown")
    return {(tuple(matched), tuple(unknown)): pk for pk, matched, unknown in rows}


def _csv(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pv.write_csv(table, out, pv.WriteOptions(include_header=False, quoting_style="none"))
    return out.getvalue()


def _keep(matching: Matching, table: pa.Table) -> str:
    """Writes the outcome as Parquet, and lets go of what is too old."""
    root = Path(settings.DATA_DIR)
    out = root / "matchings" / str(matching.pk) / "matches.parquet"
    out.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, out, compression="zstd")
    old = Matching.objects.of(matching.jurisdiction).exclude(path="").order_by("-pk")[KEPT - 1 :]
    for one in old:
        shutil.rmtree(one.file.parent, ignore_errors=True)
    Matching.objects.filter(pk__in=[one.pk for one in old]).update(path="")
    return str(out.relative_to(root))


def _lock(jurisdiction: Jurisdiction) -> None:
    """One matching of a jurisdiction at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{LOCK}{jurisdiction.pk}"])


@contextmanager
def _folder() -> Iterator[Path]:
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.DATA_DIR) as name:
        yield Path(name)


def _codes(stamp: Stamp) -> set[str]:
    rows = stamp["titles"]
    return {str(row[0]) for row in rows} if isinstance(rows, list) else set()


def _cause(last: Matching | None, now: Stamp) -> str:
    if last is None:
        return "首次匹配"
    words = {"run": "分型结果公布", "deliveries": "新的数据", "versions": "措施变动", "day": "日期变更"}
    return "、".join(word for key, word in words.items() if last.stamp.get(key) != now[key])
