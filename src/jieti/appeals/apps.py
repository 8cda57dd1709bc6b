from django.apps import AppConfig


class AppealsConfig(AppConfig):
    name = "jieti.appeals"
    verbose_name = "异议申诉"
