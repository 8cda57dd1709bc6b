"""风采展示: what the proprietor agrees to show the public, and takes back."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from jieti.kit.errors import Refusal
from jieti.kit.evidence import TYPES
from jieti.recognitions import showcasing
from jieti.recognitions.models import Recognition, Showcase
from jieti.recognitions.showcasing import Generation, Story
from jieti.registry.ask_once import Datum, Own
from jieti.web.access import MemberRequest, posted
from jieti.web.proprietor.own import owned

PICTURES = ",".join(kind for key, kind in TYPES.items() if key != "pdf")
PARTS = ("name", "relation", "since", "craft")
LINE_HELP = (
    "每一代一行，用逗号分开：姓名，与上一代的关系，从哪一年起，传承的技艺。例如：张秀英，女儿，1998年，虹鳟鱼烹制。"
)


class ShowcaseForm(forms.Form):
    """The story, the lineage, a picture, and the consent; everything shown is what the proprietor tells."""

    asks: Mapping[str, Own | Datum] = {
        "story": Own("经营故事由本人讲述"),
        "lineage": Own("家族和师徒的传承由本人讲述"),
        "photo": Own("愿意展示的照片由本人选择"),
        "photo_text": Own("照片里是什么由本人说明"),
        "consent": Own("是否公开由本人决定"),
    }

    story = forms.CharField(
        label="经营故事",
        max_length=showcasing.LONGEST_STORY,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "请用几句话介绍您的经营特色。"},
    )
    lineage = forms.CharField(
        label="传承家谱（选填）",
        required=False,
        max_length=2_000,
        help_text=LINE_HELP,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    photo = forms.FileField(
        label="照片（选填）",
        required=False,
        allow_empty_file=True,
        help_text="JPEG、PNG或者WebP图片，不超过10 MB。照片中的位置等信息会自动去掉。",
        widget=forms.FileInput(attrs={"accept": PICTURES}),
    )
    photo_text = forms.CharField(
        label="照片里是什么", required=False, max_length=200, help_text="看不见图片的人靠这句话了解。"
    )
    consent = forms.BooleanField(
        label="我同意把以上内容和名称、类别、所属镇街公开展示，并提供给怀柔全域旅游数字地图；可以随时停止展示。",
        error_messages={"required": "不同意的，不要提交；不影响认定。"},
    )

    @property
    def generations(self) -> tuple[Generation, ...]:
        """The lines of the lineage."""
        lines = (line for line in self.cleaned_data["lineage"].splitlines() if line.strip())
        return tuple(_generation(line) for line in lines)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Fills in what is shown and consents."""
    business = owned(request, uscc)
    title = get_object_or_404(Recognition.objects.select_related("business", "jurisdiction"), pk=pk, business=uscc)
    held = Showcase.objects.filter(recognition=title).first()
    form = ShowcaseForm(posted(request), request.FILES or None, initial=_initial(held))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            showcasing.show(by=request.user, recognition=title, story=_story(form))
            messages.success(request, "已经公开展示。")
            return redirect("proprietor:title-showcase", uscc, pk)
        except Refusal as refused:
            refusal = refused
    context = {"business": business, "title": title, "held": held, "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/showcase.html", context, status=status)


@login_required
@require_POST
def hide(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Takes the consent back."""
    owned(request, uscc)
    title = get_object_or_404(Recognition.objects.select_related("business", "jurisdiction"), pk=pk, business=uscc)
    try:
        showcasing.hide(by=request.user, recognition=title)
        messages.success(request, "已经停止展示。")
    except Refusal as refused:
        messages.warning(request, str(refused))
    return redirect("proprietor:title", uscc, pk)


def _story(form: ShowcaseForm) -> Story:
    given = form.cleaned_data
    photo = given["photo"]
    return Story(
        story=given["story"],
        lineage=form.generations,
        photo=photo or None,
        photo_name=photo.name if photo else "",
        photo_text=given["photo_text"],
    )


def _initial(held: Showcase | None) -> dict[str, object]:
    if held is None:
        return {}
    lines = ("，".join(str(one.get(part, "")) for part in PARTS).rstrip("，") for one in held.lineage)
    return {"story": held.story, "lineage": "\n".join(lines), "photo_text": held.photo_text}


def _generation(line: str) -> Generation:
    parts = [part.strip() for part in line.replace(",", "，").split("，", len(PARTS) - 1)]
    return Generation(**dict(zip(PARTS, parts, strict=False)))
