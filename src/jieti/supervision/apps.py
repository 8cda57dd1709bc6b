from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "jieti.supervision"
    verbose_name = "督办"
