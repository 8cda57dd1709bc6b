from django.apps import AppConfig


class DeterminationsConfig(AppConfig):
    name = "jieti.determinations"
    verbose_name = "分型判定"
