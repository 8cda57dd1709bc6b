"""What comes with a request to correct a value."""

from django.db import models

from jieti.kit.models import KeptFile
from jieti.registry.models.businesses import CorrectionRequest


class CorrectionFile(KeptFile):
    """A file by which a proprietor shows that a value is wrong."""

    request = models.ForeignKey(
        CorrectionRequest, verbose_name="更正请求", on_delete=models.PROTECT, related_name="files"
    )

    class Meta:
        verbose_name = "更正请求附件"
        verbose_name_plural = "更正请求附件"
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("request", "sha256"), name="registry_correction_file_once"),)
