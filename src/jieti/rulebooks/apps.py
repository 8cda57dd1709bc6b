from django.apps import AppConfig


class RulebooksConfig(AppConfig):
    name = "jieti.rulebooks"
    verbose_name = "规则与年度标准"
