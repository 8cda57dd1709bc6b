"""风采展示: what a recognised business shows of itself, by consent and only while its title is live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from django.db import transaction
from django.db.models import QuerySet

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.evidence import PDF, forget, keep
from jieti.recognitions.models import Recognition, Showcase
from jieti.recognitions.tile_map import town_of
from jieti.recognitions.title_acting import demand_proprietor
from jieti.recognitions.titles import demand_live

CLAUSE = "附件四(三)4"
CONSENT = "正文三(三)"
FOLDER = "recognitions/showcase"
"""Where photographs are kept, encrypted, below settings.DATA_DIR."""
MOST_GENERATIONS = 12
LONGEST_STORY = 2_000


@dataclass(frozen=True, slots=True)
class Generation:
    """A generation of the craft's lineage 传承家谱, as the proprietor tells it."""

    name: str
    relation: str = ""
    since: str = ""
    craft: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What the proprietor wants to show. `photo` replaces the picture; `photo_text` says what it shows."""

    story: str
    lineage: Sequence[Generation] = ()
    photo: IO[bytes] | None = None
    photo_name: str = ""
    photo_text: str = ""


@transaction.atomic
def show(*, by: User, recognition: Recognition, story: Story) -> Showcase:
    """Consents to be shown, with this; again replaces what was shown before.

    Raises Refusal for everybody but the proprietor, for a title not in force, for nothing to show, for a picture
    without words for those who cannot see it, and what `kit.evidence.keep` refuses.
    """
    demand_proprietor(by, recognition)
    demand_live(recognition)
    if not story.story.strip():
        raise Refusal("没有填写经营故事。", what_to_do="请用几句话介绍您的经营特色。")
    one = Showcase.objects.select_for_update(of=("self",)).filter(recognition=recognition).first()
    one = one or Showcase(recognition=recognition)
    one.story, one.lineage = story.story.strip(), _lineage(story.lineage)
    old_photo = _take_photo(one, story)
    one.consented_by, one.consented_at, one.hidden_at = by, clock.now(), None
    one.save()
    _record(by, one, "recognitions.show")
    if old_photo:
        transaction.on_commit(lambda: forget(old_photo))
    return one


@transaction.atomic
def hide(*, by: User, recognition: Recognition) -> Showcase:
    """Takes the consent back: the page is gone at once. Raises Refusal for everybody but the proprietor."""
    demand_proprietor(by, recognition)
    one = Showcase.objects.select_for_update(of=("self",)).filter(recognition=recognition, hidden_at=None).first()
    if one is None:
        raise Refusal("现在没有展示。", what_to_do="需要展示的，请填写展示内容并同意。")
    one.hidden_at = clock.now()
    one.save(update_fields=["hidden_at"])
    _record(by, one, "recognitions.hide")
    return one


def shown(jurisdiction: Jurisdiction | None = None) -> QuerySet[Showcase]:
    """What the public may see now: consent stands, the title is in force."""
    live = Recognition.objects.live(clock.today())
    found = Showcase.objects.filter(hidden_at=None, recognition__in=live)
    if jurisdiction is not None:
        found = found.filter(recognition__jurisdiction=jurisdiction)
    return found.select_related("recognition__business", "recognition__jurisdiction").order_by(
        "recognition__business__town", "recognition__business__name"
    )


def by_town(shows: Sequence[Showcase]) -> Mapping[str, int]:
    """How many are shown in each town."""
    counts: dict[str, int] = {}
    for one in shows:
        town = town_of(one.recognition.business.town)
        counts[town] = counts.get(town, 0) + 1
    return counts


def points(jurisdiction: Jurisdiction) -> list[dict[str, object]]:
    """What 怀柔全域旅游数字地图 takes: the consented only, nothing but what their own pages show (附件四(二)3)."""
    return [
        {
            "uscc": one.recognition.business_id,
            "name": one.recognition.business.name,
            "category": one.recognition.get_category_display(),
            "town": town_of(one.recognition.business.town),
            "story": one.story,
            "lineage": one.lineage,
            "photo": bool(one.photo_stored_as),
            "number": one.recognition.number,
            "last_day": one.recognition.last_day.isoformat(),
            "consented_on": one.consented_at.date().isoformat(),
        }
        for one in shown(jurisdiction)
    ]


def _lineage(generations: Sequence[Generation]) -> list[dict[str, object]]:
    told = [one for one in generations if one.name.strip()]
    if len(told) > MOST_GENERATIONS:
        raise Refusal(f"传承家谱超过{MOST_GENERATIONS}代。", what_to_do="请合并较早的几代。")
    return [
        {
            "generation": number,
            "name": one.name.strip(),
            "relation": one.relation.strip(),
            "since": one.since.strip(),
            "craft": one.craft.strip(),
        }
        for number, one in enumerate(told, start=1)
    ]


def _take_photo(one: Showcase, story: Story) -> str:
    """Keeps a new picture; the place of the one that it replaces, or nothing."""
    has_photo = story.photo is not None or bool(one.photo_stored_as)
    if has_photo and not story.photo_text.strip():
        raise Refusal("没有填写照片说明。", what_to_do="请用一句话写明照片里是什么，看不见图片的人靠它了解。")
    one.photo_text = story.photo_text.strip() if has_photo else ""
    if story.photo is None:
        return ""
    kept = keep(story.photo, name=story.photo_name, folder=FOLDER)
    if kept.kind == PDF:
        forget(kept.stored_as)
        raise Refusal("照片不能是PDF。", what_to_do="请选择JPEG、PNG或者WebP图片。")
    old, one.photo_stored_as, one.photo_kind = one.photo_stored_as, kept.stored_as, kept.kind
    return old


def _record(by: User, one: Showcase, verb: str) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"recognition:{one.recognition_id}",
        detail={"photo": bool(one.photo_stored_as), "generations": len(one.lineage)},
        clause=CONSENT,
        jurisdiction=one.recognition.jurisdiction_id,
    )
