"""Base models."""

from pathlib import Path

from django.conf import settings
from django.db import models

from jieti.kit import clock


class TimeStamped(models.Model):
    """A row that knows when it was first written."""

    created_at = models.DateTimeField("创建时间", default=clock.now, editable=False)

    class Meta:
        abstract = True


class KeptFile(TimeStamped):
    """A file that somebody handed in, as `kit.evidence` keeps it: encrypted and outside the web root.

    The columns are those of `evidence.Kept`; what the file belongs to is the inheriting model's.
    """

    name = models.CharField("文件名", max_length=255)
    kind = models.CharField("种类", max_length=10)
    size = models.PositiveIntegerField("大小（字节）")
    sha256 = models.CharField("散列值", max_length=64)
    stored_as = models.CharField("存放位置", max_length=255)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def stored_file(self) -> Path:
        """The encrypted file (kit.protection)."""
        return Path(settings.DATA_DIR) / self.stored_as
