from django.contrib import admin

from jieti.kit.admin import ReadOnlyAdmin
from jieti.rulebooks.models import AnnualNorm, RulebookVersion


@admin.register(RulebookVersion)
class RulebookVersionAdmin(ReadOnlyAdmin[RulebookVersion]):
    list_display = ("title", "edition", "sha256", "loaded_at")


@admin.register(AnnualNorm)
class AnnualNormAdmin(ReadOnlyAdmin[AnnualNorm]):
    list_display = ("year", "rulebook_key", "is_sample", "document_number", "proposed_by", "approved_by", "refused_by")
    list_filter = ("year", "is_sample")
