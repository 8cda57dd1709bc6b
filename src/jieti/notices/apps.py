from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "jieti.notices"
    verbose_name = "通知"
