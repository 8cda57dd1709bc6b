"""What if: thresholds tried on the real register before the year's norm is adopted, and whether the run then agreed.

One scan counts every scenario exactly as a run under its thresholds would (docs/simulation.md). Which businesses would
move stands in a file beside the study: codes and tiers, nothing else.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.actions import MissingPreconditionsError, inputs_now
from jieti.determinations.models import NormStudy, Run
from jieti.determinations.running import assemble, simulate
from jieti.domain import industries
from jieti.domain.quota import Quota
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from jieti.registry.sources import register_source, source_of
from jieti.rulebooks.actions import checked_amounts
from jieti.rulebooks.catalogue import current_rulebook, procedure_of
from jieti.rulebooks.models import AnnualNorm
from rulecore.errors import NormsError
from rulecore.model import Rulebook
from rulecore.plan import Scenarios, scenarios_of
from rulecore.result import ScenarioCounts, Simulation, within

STUDY_TASK = "determinations.study"
CLAUSE = "附件一(三)2"
MOST_SCENARIOS = 100
"""More bars than this nobody reads."""
DIVISIONS = ("town", "industry")
BASE = ("growth", "development")
"""The tiers of the quota's base where the rulebook sets no quota."""
UNNAMED = "（未登记）"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether a run came to what the study of its norm had counted: `differences` by set of possible tiers (study,
    run), and `reasons` in Chinese why they may differ. Equal inputs must give equal counts.
    """

    study: NormStudy
    differences: Mapping[str, tuple[int, int]]
    reasons: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        return not self.differences


def values_between(first: Decimal, last: Decimal, step: Decimal) -> list[Decimal]:
    """The amounts from the first to the last in equal steps, both ends included where the steps reach them.

    Raises Refusal for steps that do not rise, or more than MOST_SCENARIOS.
    """
    if step <= 0 or last < first:
        raise Refusal("试算的数额要从低到高。", what_to_do="请让“到”不低于“从”，每步大于0。")
    count = int((last - first) / step) + 1
    if count > MOST_SCENARIOS:
        raise Refusal(f"一次最多试算{MOST_SCENARIOS}种。", what_to_do="请缩小范围，或者加大每步的数额。")
    return [first + step * number for number in range(count)]


@transaction.atomic
def start_study(
    *,
    by: User,
    jurisdiction: Jurisdiction,
    year: int,
    values: Mapping[str, Decimal],
    varied: Mapping[str, Sequence[Decimal]],
    basis_date: datetime.date | None = None,
    norm: AnnualNorm | None = None,
) -> NormStudy:
    """Queues a study of the base `values` (yuan; a missing key is not published) and every combination of `varied`.

    Raises InvalidNormError for impossible base values, Refusal for values that cannot be varied so, a basis date
    outside the year, and while the register has not come.
    """
    rulebook, day = current_rulebook(jurisdiction), basis_date or datetime.date(year, 7, 1)
    if day.year != year:
        raise Refusal(f"判定基准日{day}不在{year}年。", what_to_do="请填写当年的日期，一般为7月1日。")
    inputs = inputs_now(rulebook, jurisdiction)
    register = register_source(jurisdiction)
    if inputs.get(register.key) is None:
        raise MissingPreconditionsError([f"“{register.title}”还没有送来"])
    _scenarios(rulebook, day, checked_amounts(rulebook, values), varied)
    study = NormStudy.objects.create(
        jurisdiction=jurisdiction,
        year=year,
        basis_date=day,
        values={key: f"{value:.2f}" for key, value in checked_amounts(rulebook, values).items()},
        varied={key: [f"{value:.2f}" for value in tried] for key, tried in varied.items()},
        inputs=inputs,
        norm=norm,
        asked_by=by,
    )
    app.configure_task(STUDY_TASK).defer(study_id=study.pk)
    detail = {"year": year, "values": study.values, "varied": study.varied}
    record(by=by, verb="determinations.start_study", subject=f"study:{study.pk}", detail=detail, clause=CLAUSE)
    return study


def execute_study(study: NormStudy) -> NormStudy:
    """Counts every scenario of a queued study; again, or after a crash, from the start. A failure is on the study and
    raised as well.
    """
    if study.status != NormStudy.Status.QUEUED:
        return study
    try:
        report = _report(study)
    except Exception as error:
        reason = error.message if isinstance(error, Refusal) else f"{type(error).__name__}：{error}"
        NormStudy.objects.filter(pk=study.pk).update(status=NormStudy.Status.FAILED, message=reason)
        raise
    NormStudy.objects.filter(pk=study.pk).update(status=NormStudy.Status.DONE, report=report)
    return NormStudy.objects.get(pk=study.pk)


@transaction.atomic
def keep_report(*, by: User, study: NormStudy, norm: AnnualNorm) -> NormStudy:
    """The study becomes the report of the norm that was proposed from it.

    Where the norm's amounts are none of those that it tried, or it is the report of another norm that was not
    refused, a study of just these amounts is queued for the norm instead.
    """
    study = NormStudy.objects.select_for_update(of=("self",)).select_related("norm", "jurisdiction").get(pk=study.pk)
    is_free = study.norm is None or study.norm.status == AnnualNorm.Status.REFUSED
    if not (is_free and study.year == norm.year and scenario_of(study, norm) is not None):
        return start_study(
            by=by,
            jurisdiction=study.jurisdiction,
            year=norm.year,
            values=norm.decimals,
            varied={},
            basis_date=study.basis_date if study.year == norm.year else None,
            norm=norm,
        )
    study.norm = norm
    study.save(update_fields=["norm"])
    subject, detail = f"study:{study.pk}", {"norm": norm.pk}
    record(by=by, verb="determinations.keep_report", subject=subject, detail=detail, clause=CLAUSE)
    return study


def scenario_of(study: NormStudy, norm: AnnualNorm) -> dict[str, Any] | None:
    """What the study counted for the amounts of the norm; None where it did not try just these."""
    found: list[dict[str, Any]] = study.report.get("scenarios", [])
    return next((one for one in found if one["values"] == norm.values), None)


def agreement(run: Run) -> Agreement | None:
    """Whether the run came to what had been reported for its norm; None where nothing had been."""
    studies = NormStudy.objects.filter(norm=run.norm, status=NormStudy.Status.DONE).order_by("-created_at", "-pk")
    for study in studies.select_related("jurisdiction") if run.has_results and "states" in run.counts else ():
        scenario = scenario_of(study, run.norm)
        if scenario is not None:
            said, found = scenario["states"], run.counts["states"]
            pairs = {key: (said.get(key, 0), found.get(key, 0)) for key in sorted(said.keys() | found.keys())}
            differing = {key: pair for key, pair in pairs.items() if pair[0] != pair[1]}
            return Agreement(study, differing, tuple(_reasons(study, run)))
    return None


def movers_file(study: NormStudy) -> Path:
    """Who moves in which scenario: code, scenario, was, becomes (sets of possible tiers)."""
    return _folder(study) / "movers.parquet"


def movers(study: NormStudy, scenario: int) -> Iterator[tuple[str, str, str]]:
    """Codes of those whom the scenario moves, with their possible tiers in the base and in it."""
    with pq.ParquetFile(movers_file(study)) as file:
        for batch in file.iter_batches(columns=["uscc", "scenario", "was", "becomes"]):
            for row in batch.to_pylist():
                if row["scenario"] == scenario:
                    yield row["uscc"], row["was"], row["becomes"]


def _reasons(study: NormStudy, run: Run) -> Iterator[str]:
    """What differs between what the study and the run went by."""
    if study.report["rulebook"] != run.rulebook.sha256:
        yield "规则在试算以后有改动"
    if study.basis_date != run.basis_date:
        yield f"试算的基准日是{study.basis_date}，判定的是{run.basis_date}"
    for key in sorted(study.inputs.keys() | run.inputs.keys()):
        said, used = (inputs.get(key) for inputs in (study.inputs, run.inputs))
        if (said or {}).get("delivery") != (used or {}).get("delivery"):
            title = source_of(key, study.jurisdiction).title
            then, now = (f"第{one['delivery']}批" if one else "没有数据" for one in (said, used))
            yield f"“{title}”试算时用{then}，判定时用{now}"


def _folder(study: NormStudy) -> Path:
    return Path(settings.DATA_DIR) / "studies" / str(study.pk)


def _scenarios(
    rulebook: Rulebook, day: datetime.date, values: Mapping[str, Decimal], varied: Mapping[str, Sequence[Decimal]]
) -> Scenarios:
    count = 1
    for tried in varied.values():
        count *= len(tried)
    if count > MOST_SCENARIOS:
        raise Refusal(
            f"共有{count}种组合，一次最多试算{MOST_SCENARIOS}种。", what_to_do="请缩小范围，或者加大每步的数额。"
        )
    if unknown := [key for key in varied if key not in rulebook.parameters or not rulebook.parameters[key].annual_norm]:
        raise Refusal(f"没有“{'、'.join(unknown)}”这一项标准。", what_to_do="请从当年认定标准的项目中选择。")
    try:
        return scenarios_of(rulebook, as_of=day, norms=values, vary=varied)
    except NormsError as error:
        raise Refusal(
            "这些数额不能试算：各种组合都不符合标准之间的高低次序，或者数额无效。",
            what_to_do="成长型的数额要低于发展型的，数额不小于0、至多两位小数。",
        ) from error


def _report(study: NormStudy) -> dict[str, Any]:
    rulebook, folder = current_rulebook(study.jurisdiction), _folder(study)
    folder.mkdir(parents=True, exist_ok=True)
    values = {key: Decimal(text) for key, text in study.values.items()}
    varied = {key: [Decimal(text) for text in tried] for key, tried in study.varied.items()}
    scenarios = _scenarios(rulebook, study.basis_date, values, varied)
    assemble(scenarios.base, study.inputs, folder / "facts.parquet")
    found = simulate(scenarios, folder / "facts.parquet", movers_file(study))
    moved = _moved_by(study)
    return {
        "rulebook": rulebook.sha256,
        "rows": found.rows,
        "scenarios": list(_counted(study, values, found, moved)),
        "not_permitted": [{key: f"{value:.2f}" for key, value in one.items()} for one, _ in scenarios.refused],
    }


def _moved_by(study: NormStudy) -> Mapping[int, dict[str, dict[str, int]]]:
    """For each scenario how many move, by town and by division of industry."""
    found: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: {name: {} for name in DIVISIONS})
    moves = pq.read_table(movers_file(study), columns=["uscc", "scenario"])
    placed = moves.set_column(0, "uscc", moves["uscc"].cast(pa.string())).join(_divisions(study), "uscc")
    for name in DIVISIONS:
        for row in placed.group_by(["scenario", name]).aggregate([("uscc", "count")]).to_pylist():
            found[row["scenario"]][name][row[name]] = row["uscc_count"]
    return found


def _divisions(study: NormStudy) -> pa.Table:
    """Town and division of industry of each business, as the register has them."""
    register = register_source(study.jurisdiction)
    delivery = Delivery.objects.get(pk=study.inputs[register.key]["delivery"])
    table = pq.read_table(delivery.clean_file, columns=["uscc", *DIVISIONS])
    named = {code: industries.division_name(code) or UNNAMED for code in set(table["industry"].to_pylist()) if code}
    industry = [named.get(code, UNNAMED) for code in table["industry"].to_pylist()]
    town = [text or UNNAMED for text in table["town"].to_pylist()]
    return pa.table({"uscc": table["uscc"].cast(pa.string()), "town": town, "industry": industry})


def _counted(
    study: NormStudy, values: Mapping[str, Decimal], found: Simulation, moved: Mapping[int, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The base, then each scenario; one that varies nothing is the base again and left out."""
    quota = Quota.of(procedure_of(study.jurisdiction))
    for number, one in enumerate(found.counts):
        if number and not one.values:
            continue
        amounts = {key: f"{value:.2f}" for key, value in sorted({**values, **one.values}.items())}
        moves = [{"from": was, "to": to, "count": count} for (was, to), count in sorted(one.moves.items())]
        by = {name: dict(sorted(counts.items())) for name, counts in moved[number].items()}
        yield {
            "number": number,
            "values": amounts,
            **_counts(one, quota),
            "moved": one.moved,
            "moves": moves,
            "by": by,
        }


def _counts(one: ScenarioCounts, quota: Quota | None) -> dict[str, Any]:
    certain, conceivable = within(one.states, quota.base if quota else BASE)
    tiers = {tier or "pending": count for tier, count in one.tiers().items()}
    base: dict[str, int | None] = {"certain": certain, "conceivable": conceivable}
    base["ceiling"] = quota.ceiling(certain) if quota else None
    return {"tiers": tiers, "states": dict(sorted(one.states.items())), "quota_base": base}
