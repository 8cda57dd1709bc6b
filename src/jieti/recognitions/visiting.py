"""走访核实: planned town by town, made on a phone with or without a network, kept once. 附件三(二)2."""

import datetime
import io
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import may_accept_applications, may_visit_applicants
from jieti.audit.actions import record
from jieti.domain.terms import Category
from jieti.domain.townships import AREAS
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.evidence import PDF, Kept, forget, keep
from jieti.recognitions import selection_telling as telling
from jieti.recognitions.desk import APPLICATIONS, home_of
from jieti.recognitions.models import Application, Visit, VisitPhoto
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.model import Criterion, Rulebook

CLAUSE = "附件三(二)2"
FOLDER = "recognitions/visits"
"""Where photographs and signatures are kept, below settings.DATA_DIR."""
MOST_PHOTOS = 10
EARLY = datetime.timedelta(hours=1)
"""How far a phone's clock may run ahead."""
TOWN_ORDER = {area.name: place for place, area in enumerate(AREAS)}
AGAIN = "请刷新走访安排，看清现在的情况。"


@dataclass(frozen=True, slots=True)
class Judged:
    """A criterion that people judge, as a visit's form asks it: `key` is "standard.criterion"."""

    key: str
    category: str
    label: str
    sentence: str
    clause: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a phone sends of one visit. `findings`: {"standard.criterion": {"met": bool | None, "note": str}}.

    The signatures are pictures as the phone made them, in PNG.
    """

    client_key: uuid.UUID
    started_at: datetime.datetime
    findings: Mapping[str, Mapping[str, object]]
    note: str
    place: str = ""
    met_with: str = ""
    companion: str = ""
    photos: Sequence[tuple[str, bytes]] = ()
    visitor_signature: bytes = b""
    proprietor_signature: bytes = b""


@dataclass
class _Files:
    """What one visit has put on the disk, to be taken away again where it is not kept after all."""

    kept: list[Kept] = field(default_factory=list)

    def keep(self, name: str, content: bytes) -> Kept:
        one = keep(io.BytesIO(content), name=name, folder=FOLDER)
        self.kept.append(one)
        if one.kind == PDF:
            raise Refusal(f"“{one.name}”不是照片。", what_to_do="走访只接收照片，请现场拍摄后提交。")
        return one

    def forget(self) -> None:
        for one in self.kept:
            forget(one.stored_as)


def judged_criteria(application: Application) -> tuple[Judged, ...]:
    """What the visit looks at: the judged criteria of the category that is wished for, of all four without a wish."""
    wanted = application.decided_category or application.preferred_category
    keys = (wanted,) if wanted else tuple(one.value for one in Category)
    book = current_rulebook(home_of(application))
    return tuple(
        _judged(book, key, one) for key in keys for one in book.standards[key].criteria.values() if one.judged_by
    )


@transaction.atomic
def plan_visits(
    *,
    by: User,
    applications: Sequence[Application],
    visitor: User,
    on: datetime.date,
    companion: str = "",
) -> list[Visit]:
    """Plans a day's visits for one visitor, in the order given within each town; told to the visitor.

    Raises Refusal for somebody who may not plan or visit, for a day that is over, for an application that no visit
    is waiting for, and for one that is planned already.
    """
    if not applications:
        raise Refusal("没有选择要走访的申报。", what_to_do="请勾选待走访的申报。")
    home = home_of(applications[0])
    _demand_plannable(by, visitor, home, on)
    drafts = [
        Visit(application=one, planned_on=on, order=at, planned_by=by, visitor=visitor, companion=companion.strip())
        for at, one in enumerate(_locked(applications))
    ]
    planned = [_plan(by, one) for one in drafts]
    telling.tell_visitor(visitor, home, on, len(planned))
    return planned


@transaction.atomic
def reorder(*, by: User, visitor: User, on: datetime.date, order: Sequence[int]) -> list[Visit]:
    """Puts a visitor's day in the order of these visits' numbers; those not named follow as they were."""
    waiting = list(Visit.objects.filter(visitor=visitor, planned_on=on, sent_at=None).select_for_update(of=("self",)))
    places = {pk: place for place, pk in enumerate(order)}
    for one in waiting:
        if by.pk != visitor.pk and not may_accept_applications(by, home_of(one.application)):
            raise Refusal("您不能调整这一天的走访。", what_to_do="请由走访人或者受理、审核人员调整。")
        one.order = places.get(one.pk, len(places) + one.order)
    Visit.objects.bulk_update(waiting, ["order"])
    return route_of(waiting)


@transaction.atomic
def cancel_visit(*, by: User, visit: Visit, reason: str) -> None:
    """Takes a planned visit off the plan, so that it can be planned anew."""
    one = Visit.objects.select_for_update(of=("self",)).get(pk=visit.pk)
    if not may_accept_applications(by, home_of(one.application)):
        raise Refusal("您不能取消这次走访。", what_to_do="请由受理、审核人员办理。")
    if one.sent_at is not None:
        raise Refusal("走访记录已经提交，不能取消。", what_to_do="需要再次走访的，请另行安排。")
    if not reason.strip():
        raise Refusal("没有写明取消的理由。", what_to_do="请填写理由后再提交。")
    detail = {"visit": one.pk, "planned_on": one.planned_on.isoformat()}
    _record(by, "recognitions.cancel_visit", one, detail)
    one.delete()


def route_of(visits: Sequence[Visit]) -> list[Visit]:
    """A day's route: town by town, each town's in the officer's order."""
    return sorted(visits, key=lambda one: (one.planned_on, *_town_place(one.application), one.order, one.pk))


def record_visit(*, by: User, visit: Visit, seen: Seen) -> Visit:
    """Keeps a visit as the phone sent it and takes the application on; sent twice it is kept once.

    Raises Refusal for anybody but the visitor, for a visit that was sent from another phone, for a form that is not
    filled in, for files that are no photographs, and where no visit is waited for any more.
    """
    files = _Files()
    try:
        with transaction.atomic():
            return _record_once(by, visit, seen, files)
    except Exception:
        files.forget()
        raise


def _record_once(by: User, visit: Visit, seen: Seen, files: _Files) -> Visit:
    one = Visit.objects.select_for_update(of=("self",)).select_related("application__campaign").get(pk=visit.pk)
    if by.pk != one.visitor_id:
        raise Refusal("这次走访不是安排给您的。", what_to_do="请由安排的走访人提交。")
    if one.sent_at is not None:
        if one.client_key == seen.client_key:
            return one
        raise Refusal("这次走访已经提交过。", what_to_do="手机上的这一份没有保存到系统；确有补充的，请联系审核人员。")
    _demand_filled(one, seen)
    _write(one, seen, files)
    case = one.application
    # The phone may have been without a network for hours: what counts is that a visit is still waited for.
    done = APPLICATIONS.advance(case, "record_visit", by=by, version=_version(case), reason=seen.note)
    _record(by, "recognitions.record_visit", one, {"visit": one.pk, "photos": one.photos.count()})
    telling.tell_reviewers(done, task="查看走访记录，继续办理")
    return one


def _write(one: Visit, seen: Seen, files: _Files) -> None:
    one.client_key, one.started_at, one.sent_at = seen.client_key, seen.started_at, clock.now()
    one.findings = {key: {"met": said.get("met"), "note": _text(said)} for key, said in seen.findings.items()}
    one.note, one.place, one.met_with = seen.note.strip(), seen.place.strip()[:60], seen.met_with.strip()[:60]
    one.companion = seen.companion.strip()[:100] or one.companion
    one.visitor_signature = files.keep("走访人签名.png", seen.visitor_signature).stored_as
    one.proprietor_signature = files.keep("经营者签名.png", seen.proprietor_signature).stored_as
    one.save()
    kept = {photo.sha256: photo for photo in (files.keep(name, content) for name, content in seen.photos)}
    VisitPhoto.objects.bulk_create(
        VisitPhoto(visit=one, name=it.name, kind=it.kind, size=it.size, sha256=it.sha256, stored_as=it.stored_as)
        for it in kept.values()
    )


def _demand_filled(one: Visit, seen: Seen) -> None:
    wanted = {each.key: each.label for each in judged_criteria(one.application)}
    missing = [label for key, label in wanted.items() if key not in seen.findings]
    unsaid = [wanted[key] for key, said in seen.findings.items() if key in wanted and not _text(said)]
    problems = (
        (seen.findings.keys() - wanted.keys(), "走访表里有这件申报不看的条件。", AGAIN),
        (missing, f"没有填写：{'、'.join(missing)}。", "请逐项选择看到的情况。"),
        (unsaid, f"没有写明看到了什么：{'、'.join(unsaid)}。", "请逐项写明看到的情况。"),
        (not seen.note.strip(), "没有填写综合意见。", "请写明走访的总体情况。"),
        (not seen.visitor_signature, "走访人没有签名。", "请在手机上签名。"),
        (not seen.proprietor_signature, "经营者没有签名。", "请经营者或者接待人在手机上签名。"),
        (not seen.photos, "没有照片。", "请至少拍一张经营场所的照片。"),
        (len(seen.photos) > MOST_PHOTOS, f"照片超过{MOST_PHOTOS}张。", "请只留最能说明问题的照片。"),
        (seen.started_at > clock.now() + EARLY, "到达时间还没有到。", "请核对手机的日期和时间。"),
    )
    for is_so, message, what_to_do in problems:
        if is_so:
            raise Refusal(message, what_to_do=what_to_do)


def _demand_plannable(by: User, visitor: User, home: Jurisdiction, on: datetime.date) -> None:
    if not may_accept_applications(by, home):
        raise Refusal("您不能安排走访。", what_to_do="请由受理、审核人员安排。")
    if not may_visit_applicants(visitor, home):
        raise Refusal(f"{visitor}不是走访人员。", what_to_do="请选择本局受理、审核人员或者镇街工作人员。")
    if on < clock.today():
        raise Refusal("走访日期已经过去。", what_to_do="请选择今天或者以后的日期。")


def _plan(by: User, made: Visit) -> Visit:
    case = made.application
    if case.state != "visiting":
        raise Refusal(f"{case.business.name}现在不在待走访状态。", what_to_do=AGAIN)
    if case.visits.filter(sent_at=None).exists():
        raise Refusal(f"{case.business.name}已经安排了走访。", what_to_do="需要改期的，先取消原来的安排。")
    made.save()
    _record(by, "recognitions.plan_visit", made, {"visit": made.pk, "planned_on": made.planned_on.isoformat()})
    return made


def _locked(applications: Sequence[Application]) -> list[Application]:
    """The applications in the order given, locked in the order of their numbers."""
    wanted = [one.pk for one in applications]
    locked = Application.objects.select_for_update(of=("self",)).select_related("business", "campaign__jurisdiction")
    found = {one.pk: one for one in locked.filter(pk__in=wanted).order_by("pk")}
    return [found[pk] for pk in wanted]


def _version(case: Application) -> int:
    return Application.objects.select_for_update(of=("self",)).get(pk=case.pk).version


def _town_place(case: Application) -> tuple[int, str]:
    town = case.business.town
    return TOWN_ORDER.get(town, len(TOWN_ORDER)), town


def _judged(book: Rulebook, category: str, one: Criterion) -> Judged:
    title = book.standards[category].title
    return Judged(f"{category}.{one.key}", title, one.label, one.sentence, one.clause, one.evidence)


def _text(said: Mapping[str, object]) -> str:
    return str(said.get("note") or "").strip()


def _record(by: User, verb: str, one: Visit, detail: Mapping[str, object]) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"application:{one.application_id}",
        detail=detail,
        clause=CLAUSE,
        jurisdiction=home_of(one.application).code,
    )
