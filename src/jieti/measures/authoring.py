"""Measures written by departments for their own scope: draft → review → published by somebody else → retired."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Max, Q
from procrastinate.contrib.django import app

from jieti.accounts.disclosure_declaration import ANY, declared
from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.accounts.rulebook_files import folder_of
from jieti.audit.actions import record
from jieti.domain.terms import Category, Tier
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.measures.actions import CONTENT, next_number, organisation_names
from jieti.measures.conditions import facts_in, rule_of
from jieti.measures.models import Delivery, Measure, MeasureVersion, ScopeKind, Strength
from jieti.measures.reach import close
from jieti.rulebooks.catalogue import current_rulebook

TASK = "measures.follow"
QUEUE = "measures"
CLAUSE = "正文二(二)4"
GAP = "正文二(二)5"
OWN_KEYS = "N"
"""Measures that departments add are numbered N1, N2, …"""
MONEY = re.compile(r"[0-9０-９一二三四五六七八九十百千万]+\s*(?:万|亿)?元")
SCOPES = {ScopeKind.TIER: {tier.value for tier in Tier}, ScopeKind.CATEGORY: {one.value for one in Category}}
Status = MeasureVersion.Status


@dataclass(frozen=True, slots=True)
class Draft:
    """What an author says of a measure; `lead` and `co` are keys of organisations, `condition` is rule language."""

    title: str
    gist: str
    strength: str
    scope_kind: str
    scope: str
    clause: str
    delivery: str
    lead: str
    co: tuple[str, ...] = ()
    legal_basis: str = ""
    condition: str = ""
    sentence: str = ""
    contact: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    beneficiary_definite: bool = False
    basis_definite: bool = False
    content_definite: bool = False
    validity_definite: bool = False


@transaction.atomic
def draft(
    *,
    by: User,
    jurisdiction: Jurisdiction,
    organisation: Organisation,
    content: Draft,
    measure: Measure | None = None,
) -> MeasureVersion:
    """A new measure of the organisation's, or with `measure` its next version. Raises Refusal for what cannot be."""
    key = measure.key if measure else _own_key(jurisdiction)
    open_ones = MeasureVersion.objects.of(jurisdiction).filter(key=key, status__in=(Status.DRAFT, Status.REVIEW))
    if open_ones.exists():
        raise Refusal("这项措施已经有一个没有发布的版本。", what_to_do="请修改或者发布那个版本。")
    last = MeasureVersion.objects.of(jurisdiction).filter(key=key).aggregate(last=Max("version"))["last"] or 0
    version = MeasureVersion(
        jurisdiction=jurisdiction, key=key, version=last + 1, measure=measure, organisation=organisation, drafted_by=by
    )
    _fill(version, content)
    version.save()
    _record(by, "measures.draft", version)
    return version


@transaction.atomic
def revise(*, by: User, version: MeasureVersion, content: Draft) -> MeasureVersion:
    """The draft says this from now on."""
    version = _locked(version, Status.DRAFT)
    _fill(version, content)
    version.save()
    _record(by, "measures.revise", version)
    return version


@transaction.atomic
def submit(*, by: User, version: MeasureVersion) -> MeasureVersion:
    """The draft goes to review. Raises Refusal with what keeps it from being published."""
    version = _locked(version, Status.DRAFT)
    demand_publishable(version)
    version.status, version.submitted_at, version.returned_reason = Status.REVIEW, clock.now(), ""
    version.save(update_fields=["status", "submitted_at", "returned_reason"])
    _record(by, "measures.submit", version)
    return version


@transaction.atomic
def send_back(*, by: User, version: MeasureVersion, reason: str) -> MeasureVersion:
    """Back to its author, who is told why."""
    version = _locked(version, Status.REVIEW)
    if not reason.strip():
        raise Refusal("没有写退回的理由。", what_to_do="请写明要改什么。")
    version.status, version.returned_reason = Status.DRAFT, reason.strip()
    version.save(update_fields=["status", "returned_reason"])
    _record(by, "measures.send_back", version)
    return version


@transaction.atomic
def publish(*, by: User, version: MeasureVersion) -> MeasureVersion:
    """Publishes a reviewed version: never its author; from its first day it takes the place of the one before.

    Raises Refusal for a condition that does not check, an unknown body, a promise of money that is no duty, or days
    that another version of the measure holds.
    """
    version = _locked(version, Status.REVIEW)
    if version.drafted_by_id == by.pk:
        raise Refusal("起草人不能发布自己起草的措施。", what_to_do="请由另一位有审批权限的人员发布。")
    demand_publishable(version)
    version.starts_on = version.starts_on or clock.today()
    version.measure = version.measure or _new_measure(version)
    _make_room(version)
    version.status, version.published_by, version.published_at = Status.PUBLISHED, by, clock.now()
    version.save()
    bring_up(jurisdiction=version.jurisdiction)
    _record(by, "measures.publish", version)
    queue_following(jurisdiction=version.jurisdiction)
    return version


@transaction.atomic
def retire(*, by: User, measure: Measure, reason: str) -> Measure:
    """The measure ends today. The ledger says how far it had come; nobody who was told is forgotten."""
    measure = Measure.objects.select_for_update().get(pk=measure.pk)
    if measure.retired_on is not None:
        raise Refusal(f"“{measure}”已于{measure.retired_on}废止。", what_to_do="不需要再次废止。")
    if not reason.strip():
        raise Refusal("没有写废止的理由。", what_to_do="请写明理由，台账会一并保存。")
    _end(by, measure, reason.strip())
    record(
        by=by,
        verb="measures.retire",
        subject=f"measure:{measure.pk}",
        detail={"key": measure.key, "reason": reason.strip()},
        clause=CLAUSE,
        jurisdiction=measure.jurisdiction_id,
    )
    queue_following(jurisdiction=measure.jurisdiction)
    return measure


@transaction.atomic
def assign(
    *, by: User, organisation: Organisation, measure: Measure, lead: str, co: Sequence[str] = ()
) -> MeasureVersion:
    """Names who answers for a measure that the document leaves open (AMB-27); goes to review as its next version."""
    current = measure.versions.published().order_by("-version").first()
    if current is None or current.lead:
        raise Refusal(f"“{measure}”已经有牵头部门。", what_to_do="要改由其他部门牵头的，请起草新的版本。")
    kept = {one.name: getattr(current, one.name) for one in fields(Draft) if one.name not in ("lead", "co")}
    content = Draft(**{**kept, "lead": lead, "co": tuple(co), "starts_on": clock.today(), "ends_on": current.ends_on})
    version = draft(
        by=by, jurisdiction=measure.jurisdiction, organisation=organisation, content=content, measure=measure
    )
    return submit(by=by, version=version)


@transaction.atomic
def bring_up(*, jurisdiction: Jurisdiction) -> list[Measure]:
    """Each measure says what its version in force today says; one whose last day is over ends. Those that changed."""
    changed = []
    in_force = {one.measure_id: one for one in MeasureVersion.objects.of(jurisdiction).in_force(clock.today())}
    later = Q(versions__status=Status.PUBLISHED, versions__starts_on__gt=clock.today())
    coming = set(Measure.objects.of(jurisdiction).filter(later).values_list("pk", flat=True))
    for measure in Measure.objects.of(jurisdiction).in_force():
        version = in_force.get(measure.pk)
        if version is None and measure.pk not in coming:
            _end(None, measure, "施行期满")
        elif version is not None and any(getattr(measure, name) != getattr(version, name) for name in CONTENT):
            for name in CONTENT:
                setattr(measure, name, getattr(version, name))
            measure.save(update_fields=[*CONTENT])
        else:
            continue
        changed.append(measure)
    return changed


def demand_publishable(version: MeasureVersion) -> None:
    """Raises Refusal with the first thing that keeps the version from being published."""
    rulebook = current_rulebook(version.jurisdiction)
    rule_of(rulebook, version, 0)
    if not version.lead:
        raise Refusal("没有写明牵头部门。", what_to_do="请选择由哪个单位负责。")
    if not (version.clause or version.legal_basis):
        raise Refusal("没有写明依据。", what_to_do="请填写所依据的条款或者政策文件。")
    if version.strength != Strength.DUTY and MONEY.search(f"{version.title}{version.gist}"):
        raise Refusal(
            f"力度为“{version.get_strength_display()}”的措施不产生请求给付的权利，不能写明给付的金额。",
            what_to_do="请删去金额；确实必须给付的，力度应为“应当落实”，并写明依据。",
        )
    _demand_entitled(version)


def queue_following(*, jurisdiction: Jurisdiction) -> None:
    """Has businesses matched again in the background."""
    app.configure_task(TASK, queue=QUEUE).defer(jurisdiction=jurisdiction.pk)


def _demand_entitled(version: MeasureVersion) -> None:
    """A list of those who meet a condition tells who they are: only a body that may know it may ask for it."""
    if not version.condition:
        return
    items = declared(version.jurisdiction.rulebook, version.jurisdiction.edition)
    for fact in facts_in(current_rulebook(version.jurisdiction), version.condition):
        item = items.get(fact.key)
        if item is None or item.use is None or not item.data_class.is_protected:
            continue
        strangers = [key for key in (version.lead, *version.co) if not {key, ANY} & set(item.use.seen_by)]
        if strangers:
            names = organisation_names(folder_of(version.jurisdiction) / "organisations.yaml")
            who = "、".join(names.get(key, key) for key in strangers)
            raise Refusal(f"{who}无权知悉“{fact.label}”。", what_to_do="请改用其他条件，或者由有权知悉的部门牵头。")


def _fill(version: MeasureVersion, content: Draft) -> None:
    names = organisation_names(folder_of(version.jurisdiction) / "organisations.yaml")
    unknown = [key for key in (content.lead, *content.co) if key and key not in names]
    if unknown:
        raise Refusal(f"没有“{'、'.join(unknown)}”这个单位。", what_to_do="请从单位名单里选择。")
    if content.scope not in SCOPES.get(ScopeKind(content.scope_kind), {""}):
        raise Refusal("对象与类别不一致。", what_to_do="请选择面向哪一型、哪一类，或者面向全部。")
    if content.starts_on and content.ends_on and content.ends_on < content.starts_on:
        raise Refusal("截止日期早于施行日期。", what_to_do="请核对两个日期。")
    if content.condition and not content.sentence:
        raise Refusal("没有用一句话说明适用条件。", what_to_do="请写一句经营者看得懂的话。")
    if content.delivery == Delivery.AUTOMATIC and content.validity_definite and content.ends_on is None:
        raise Refusal("写明“期限明确”，却没有截止日期。", what_to_do="请填写截止日期，或者不勾选“期限明确”。")
    for one in fields(content):
        setattr(version, one.name, getattr(content, one.name))
    version.co = list(content.co)
    version.lead_name = names.get(content.lead, "")
    version.co_names = [names[key] for key in content.co]


def _own_key(jurisdiction: Jurisdiction) -> str:
    keys = MeasureVersion.objects.of(jurisdiction).filter(key__regex=rf"^{OWN_KEYS}[0-9]+$")
    used = [int(key.removeprefix(OWN_KEYS)) for key in keys.values_list("key", flat=True)]
    return f"{OWN_KEYS}{max(used, default=0) + 1}"


def _new_measure(version: MeasureVersion) -> Measure:
    home = version.jurisdiction
    last = Measure.objects.of(home).aggregate(last=Max("order"))["last"] or 0
    said = {name: getattr(version, name) for name in CONTENT}
    return Measure.objects.create(jurisdiction=home, key=version.key, number=next_number(home), order=last + 1, **said)


def _make_room(version: MeasureVersion) -> None:
    """An open-ended version before ends on the eve; any other overlap is refused."""
    if version.measure is None or version.starts_on is None:
        return
    for other in MeasureVersion.objects.published().filter(measure=version.measure):
        if (version.ends_on and other.starts_on and other.starts_on > version.ends_on) or (
            other.ends_on and other.ends_on < version.starts_on
        ):
            continue
        if other.ends_on is not None or (other.starts_on and other.starts_on >= version.starts_on):
            until = f"至{other.ends_on}" if other.ends_on else "起"
            raise Refusal(
                f"第{other.version}版自{other.starts_on or '文件发布'}{until}施行，与这一版的日期重叠。",
                what_to_do="请把施行日期改到那一版截止之后，或者先废止那一版。",
            )
        other.ends_on = version.starts_on - timedelta(days=1)
        other.save(update_fields=["ends_on"])


def _end(by: User | None, measure: Measure, reason: str) -> None:
    close(by=by, measure=measure, reason=reason)
    retired = {"retired_by": by, "retired_at": clock.now(), "retired_reason": reason}
    measure.versions.filter(status=Status.PUBLISHED).update(status=Status.RETIRED, **retired)
    measure.retired_on = clock.today()
    measure.save(update_fields=["retired_on"])


def _locked(version: MeasureVersion, status: str) -> MeasureVersion:
    found = MeasureVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)
    if found.status != status:
        wanted = Status(status).label
        raise Refusal(f"{found}现在是“{found.get_status_display()}”。", what_to_do=f"只有“{wanted}”的才能这样办理。")
    return found


def _record(by: User, verb: str, version: MeasureVersion) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"measure-version:{version.pk}",
        detail={"key": version.key, "version": version.version, "title": version.title},
        clause=CLAUSE,
        jurisdiction=version.jurisdiction_id,
    )
