"""名特优新风采: what a recognised business agrees to show the public."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.kit import clock
from jieti.kit.models import TimeStamped
from jieti.recognitions.models.recognitions import Recognition


class Showcase(TimeStamped):
    """A recognised business's public page: shown while consent stands and the title is live.

    `lineage` is 传承家谱: [{"generation", "name", "relation", "since", "craft"}], as the proprietor tells it.
    """

    recognition = models.OneToOneField(
        Recognition, verbose_name="认定", on_delete=models.PROTECT, related_name="showcase"
    )
    story = models.TextField("经营故事", blank=True)
    lineage = models.JSONField("传承家谱", default=list, blank=True)
    photo_kind = models.CharField("照片种类", max_length=10, blank=True)
    photo_stored_as = models.CharField("照片", max_length=255, blank=True)
    photo_text = models.CharField("照片说明", max_length=200, blank=True)
    consented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="同意人", on_delete=models.PROTECT, related_name="showcases"
    )
    consented_at = models.DateTimeField("同意时间", default=clock.now)
    hidden_at = models.DateTimeField("停止展示时间", null=True, blank=True)

    class Meta:
        verbose_name = "风采展示"
        verbose_name_plural = "风采展示"
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(photo_stored_as="", photo_kind="") | ~Q(photo_stored_as="") & ~Q(photo_kind=""),
                name="recognitions_showcase_photo_together",
            ),
        )

    def __str__(self) -> str:
        return str(self.recognition.business)
