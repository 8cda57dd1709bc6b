"""Base models."""

from django.db import models

from jieti.kit import clock


class TimeStamped(models.Model):
    """A row that knows when it was first written."""

    created_at = models.DateTimeField("创建时间", default=clock.now, editable=False)

    class Meta:
        abstract = True
