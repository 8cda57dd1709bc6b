"""The same rows under small and large rulebooks, written in the real language."""

import shutil
from typing import Any

import yaml

from benchmarks import population
from benchmarks.jobs import output
from benchmarks.standard import AS_OF, RULEBOOK, WORK, plan
from benchmarks.stopwatch import Cost, Stopwatch
from rulecore.engines import load
from rulecore.plan import Plan, bind
from rulecore.source import load_rulebook

_FLAGS = (
    "annual_report_filed", "abnormal_mark", "tax_registered", "general_vat_taxpayer", "suspended",
    "serious_violation_listing", "abnormal_taxpayer", "is_seasonal",
)  # fmt: skip


def criteria_10(rows: int) -> Cost:
    """A rulebook of 10 criteria."""
    return _run(10, rows)


def criteria_62(rows: int) -> Cost:
    """A rulebook of 62 criteria, as many as fit a mask."""
    return _run(62, rows)


def _run(count: int, rows: int) -> Cost:
    facts, out, bound = population.facts(rows), output(f"criteria_{count}", rows), grown(count)
    with Stopwatch() as watch:
        load().run(bound, facts, out)
    return watch.cost


def grown(count: int) -> Plan:
    """The plan of a rulebook with so many criteria, none made of others."""
    folder = WORK / "rulebooks" / f"grown-{count}" / "2024"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(RULEBOOK.parents[1] / "schema", WORK / "rulebooks" / "schema", dirs_exist_ok=True)
    parts = {"rulebook": _head(count), "facts": _facts(), "parameters": _PARAMETERS, "tiers": _standard(count)}
    for name, data in parts.items():
        text = yaml.safe_dump({"language": 1, **data}, allow_unicode=True, sort_keys=False)
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return bind(load_rulebook(folder), as_of=AS_OF, norms={})


_NAMES = {10: "ten", 62: "sixty-two"}

_PARAMETERS = {
    "parameters": {
        "basis_date": {"label": "判定基准日", "type": "date", "clause": "附件一", "derive": {"basis_date": True}}
    }
}


def _head(count: int) -> dict[str, Any]:
    real = plan().rulebook
    document = {"index": "无", "number": "无", "status": "样例", "issuer": "样例", "subject": "样例"}
    days = dict.fromkeys(("made_on", "issued_on"), real.valid_from)
    return {
        "key": f"cn-110116-{_NAMES[count]}",
        "edition": "2024",
        "title": f"{count} criteria",
        "jurisdiction": {"code": real.jurisdiction.code, "name": real.jurisdiction.name},
        "document": {**document, **days},
        "valid_from": real.valid_from,
        "valid_to": None,
        "parents": [],
        "subject_key": "uscc",
    }


def _facts() -> dict[str, Any]:
    """The same facts as the real rulebook's, each from the business's own row."""
    kept = {key: fact for key, fact in plan().facts.items() if fact.type != "date"}
    columns: dict[str, Any] = {"uscc": {"header": "uscc", "type": "uscc", "required": True, "class": "public"}}
    facts = {}
    for key, fact in kept.items():
        columns[key] = {"header": key, "type": fact.type, "class": "public"}
        taken = {"row": "registration", "take": key}
        facts[key] = {"label": key, "type": fact.type, "class": "public", "change": "never", "from": taken}
        if fact.type == "code":
            columns[key]["codes"] = {value: [value] for value in fact.values}
            facts[key]["values"] = {value: value for value in fact.values}
    registration = {
        "title": "样例", "supplier": "district_regulator", "clause": "附件一", "rows": "business", "columns": columns
    }  # fmt: skip
    return {"sources": {"registration": registration}, "facts": facts}


def _standard(count: int) -> dict[str, Any]:
    names = [f"c{number}" for number in range(count)]
    criteria = {
        name: {"label": name, "clause": "附件一", "sentence": name, "when": when}
        for name, when in zip(names, _conditions(), strict=False)
    }
    met = {"all": [{"criterion": name} for name in ("c0", "c1", "c5", "c7")]}
    outcomes = [
        {"key": "met", "label": "met", "clause": "附件一", "when": met},
        {"key": "unmet", "label": "unmet", "clause": "附件一", "otherwise": True},
    ]
    return {"criteria": criteria, "outcomes": outcomes, "ladder": ["unmet", "met"]}


def _conditions() -> list[dict[str, object]]:
    """First one of each kind, then the other flags, then more and more thresholds."""
    flags = [{"fact": name, "is": True} for name in _FLAGS]
    numbers: list[dict[str, object]] = [
        {"fact": fact, "at_least": step * unit}
        for step in range(1, 12)
        for fact, unit in (
            ("turnover", 90_000), ("tax_paid", 10_000), ("insured_headcount", 1), ("trademarks_in_use", 1),
            ("patents", 1),
        )
    ]  # fmt: skip
    return [{"fact": "registration_status", "in": ["active"]}, *flags[:4], *numbers[:5], *flags[4:], *numbers[5:]]
