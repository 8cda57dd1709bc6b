from django.apps import AppConfig


class MeasuresConfig(AppConfig):
    name = "jieti.measures"
    verbose_name = "帮扶培育措施"
    default_auto_field = "django.db.models.BigAutoField"
