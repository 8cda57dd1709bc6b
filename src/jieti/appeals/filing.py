"""What the appellant does: files an objection with evidence, answers requests, takes it back. 附件一(二)3.a."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from jieti.accounts.models import Organisation, Role, User
from jieti.appeals import telling
from jieti.appeals.desk import DESK, handler_of
from jieti.appeals.models import DisputedFact, Evidence, Objection
from jieti.determinations.fact_texts import known, shown, text_of, value_of
from jieti.determinations.models import Result, Run
from jieti.determinations.running import explain_result, facts_as_used, plan_of
from jieti.domain.deadlines import Deadline, Limit
from jieti.kit import clock
from jieti.kit.advance import notices_with_us
from jieti.kit.errors import Refusal
from jieti.kit.evidence import MOST_FILES, Kept
from jieti.registry.mandates import on_behalf
from jieti.registry.models import Business
from jieti.registry.sources import source_of
from jieti.registry.supplied import supplier_of
from jieti.rulebooks.catalogue import limit_of
from rulecore.model import Fact

CLAUSE = "附件一(二)3"
FOLDER = "objections/evidence"
"""Where evidence is kept, below settings.DATA_DIR."""
LIMIT = "objection_file"


@dataclass(frozen=True, slots=True)
class Window:
    """When a result can be objected to: from the day of its publication (or correction) to the end of `deadline`."""

    opened: datetime.date
    deadline: Deadline
    limit: Limit

    @property
    def is_closed(self) -> bool:
        """Whether the last day is certainly over."""
        return self.deadline.passed(clock.today()) is True


@dataclass(frozen=True, slots=True)
class Contestable:
    """A fact that the result rests on: what it used (`used` as kept, `used_text` as read), where it counted."""

    fact: Fact
    used: str
    used_text: str
    supplier: Organisation
    criteria: tuple[str, ...]


def window_of(result: Result, business: Business) -> Window:
    """Until when the result can be objected to, by analogy (procedure.yaml: objection_file).

    Raises Refusal for a result that is not published.
    """
    moment = result.decided_at or result.run.published_at
    if moment is None or result.run.status != Run.Status.PUBLISHED:
        raise Refusal("这一结果还没有公布。", what_to_do="公布后可以提出异议。")
    opened = clock.day_of(moment)
    limit = limit_of(business.jurisdiction, LIMIT)
    return Window(opened, notices_with_us().deadline(opened, limit.length), limit)


def contestable(result: Result, business: Business) -> list[Contestable]:
    """The facts that the explanation of the result names, each once, in its order.

    Raises Refusal when the result cannot be explained any more.
    """
    facts, used = plan_of(result.run).facts, facts_as_used(result)
    criteria: dict[str, list[str]] = {}
    for finding in explain_result(result).findings:
        for line in finding.fact_lines:
            criteria.setdefault(line.fact, []).append(finding.label)
    found = []
    for key, labels in criteria.items():
        text = text_of(facts[key], used.get(key))  # type: ignore[arg-type]  # values of the fact contract
        supplier = supplier_of(business.jurisdiction, source_of(facts[key].source, business.jurisdiction))
        found.append(Contestable(facts[key], text, shown(facts[key], text), supplier, tuple(dict.fromkeys(labels))))
    return found


@transaction.atomic
def file_objection(
    *,
    by: User,
    business: Business,
    result: Result,
    statement: str,
    claims: Mapping[str, str],
    evidence: Sequence[Kept] = (),
) -> Objection:
    """Raises an objection to the current published result; `claims` are the right values by fact, as kept.

    Raises Refusal for somebody who may not speak for the business, for a result that is not its newest, after the
    window, without a fact, for a claim that says what was used, for more files than ten, and while one is open.
    """
    _demand_speaker(by, business)
    _demand_newest(result, business)
    _demand_in_time(window_of(result, business))
    disputed = _disputed(result, business, claims)
    handler = handler_of(business.jurisdiction)
    objection = Objection(
        jurisdiction=business.jurisdiction,
        business=business,
        result=result,
        raised_by=by,
        handler=handler,
        owner=handler.key,
        year=result.run.year,
        statement=statement.strip(),
    )
    _open(objection, by)
    for one in disputed:
        one.objection = objection
    DisputedFact.objects.bulk_create(disputed)
    _attach(by, objection, evidence)
    telling.tell_officers(telling.FILED, objection, organisation=handler, role=Role.INTAKE_CLERK)
    return objection


@transaction.atomic
def supply_evidence(
    *, by: User, objection: Objection, version: int, statement: str, evidence: Sequence[Kept] = ()
) -> Objection:
    """Answers the regulator's request for evidence; the clock that it stopped runs on.

    Raises Refusal for an answer without words and without files, and what `Desk.advance` raises.
    """
    if not statement.strip() and not evidence:
        raise Refusal("没有填写说明，也没有选择文件。", what_to_do="请写明情况，或者选择要补充的材料。")
    behalf = on_behalf(by, objection.business)
    done = DESK.advance(
        objection, "supply_evidence", by=by, version=version, reason=statement.strip(), on_behalf_of=behalf
    )
    _attach(by, done, evidence)
    telling.tell_task(done, organisation=done.handler, role=Role.REVIEWER, task="申诉人已经补充材料，继续核实")
    return done


@transaction.atomic
def withdraw(*, by: User, objection: Objection, version: int) -> Objection:
    """Takes the objection back, before it is decided; those whose turn it was are told.

    Raises what `Desk.advance` raises.
    """
    behalf = on_behalf(by, objection.business)
    outcome = Objection.Outcome.WITHDRAWN.value
    had_it = telling.in_charge(objection)
    done = DESK.advance(objection, "withdraw", by=by, version=version, on_behalf_of=behalf, outcome=outcome)
    for organisation, role in had_it:
        telling.tell_officers(telling.WITHDRAWN, done, organisation=organisation, role=role)
    return done


def _open(objection: Objection, by: User) -> None:
    """Of two objections to a result that are filed together the database lets one through."""
    if not objection.statement:
        raise Refusal("没有说明为什么有异议。", what_to_do="请写明哪里不对、依据是什么。")
    try:
        with transaction.atomic():
            DESK.open(
                objection, "file", by=by, reason=objection.statement, on_behalf_of=on_behalf(by, objection.business)
            )
    except IntegrityError as error:
        if "appeals_objection_one_open_a_result" not in str(error):
            raise
        raise Refusal(
            "对这一结果的异议正在处理，不能重复提出。", what_to_do="请在“异议申诉”里查看进度，需要时补充材料或者撤回。"
        ) from None


def _demand_speaker(by: User, business: Business) -> None:
    if not Business.objects.handled_by(by, on=clock.today()).filter(pk=business.pk).exists():
        raise Refusal("只有经营者本人或者受托人可以提出异议。", what_to_do="请由经营者本人登录后办理。")


def _demand_newest(result: Result, business: Business) -> None:
    newest = Result.objects.published().latest_for(business.pk)
    if newest is None or newest.pk != result.pk:
        raise Refusal("这不是现行的分型结果。", what_to_do="请回到我的页面，按最新公布的结果办理。")


def _demand_in_time(window: Window) -> None:
    if window.is_closed:
        raise Refusal(
            f"提出异议的期限（公布后{window.limit.length.label}内，到{window.deadline.text}）已过。",
            what_to_do="数据仍有错误的，可以在“各部门提供的数据”里提出更正请求；更正后的数据用于下一年度判定。"
            "也可以依法申请行政复议或者提起行政诉讼。",
        )


def _disputed(result: Result, business: Business, claims: Mapping[str, str]) -> list[DisputedFact]:
    if not claims:
        raise Refusal("没有选择哪一项事实不对。", what_to_do="请至少勾选一项与实际不符的事实。")
    named = {one.fact.key: one for one in contestable(result, business)}
    found = []
    for key, claimed in claims.items():
        fact = known({name: one.fact for name, one in named.items()}, key)
        text = text_of(fact, value_of(fact, claimed))
        if not text or text == named[key].used:
            raise Refusal(
                f"“{fact.label}”：填写的值与判定所用的相同。",
                what_to_do="请填写您认为正确的值；没有不同的，不要勾选这一项。",
            )
        found.append(DisputedFact(fact=key, used=named[key].used, claimed=text, supplier=named[key].supplier))
    return found


def _attach(by: User, objection: Objection, evidence: Sequence[Kept]) -> None:
    """The same file twice is one."""
    held = set(objection.evidence.values_list("sha256", flat=True))
    fresh = {one.sha256: one for one in evidence if one.sha256 not in held}
    if len(held) + len(fresh) > MOST_FILES:
        raise Refusal(f"证明材料超过{MOST_FILES}个文件。", what_to_do="请合并成一个PDF，或者只提交最能说明问题的。")
    if any(not (Path(settings.DATA_DIR) / one.stored_as).exists() for one in fresh.values()):
        raise Refusal("选择的文件搁置太久，已经清除。", what_to_do="请重新选择证明材料后提交。")
    Evidence.objects.bulk_create(
        Evidence(
            objection=objection,
            name=one.name,
            kind=one.kind,
            size=one.size,
            sha256=one.sha256,
            stored_as=one.stored_as,
            uploaded_by=by,
        )
        for one in fresh.values()
    )
