from django.apps import AppConfig


class EngagementConfig(AppConfig):
    name = "jieti.engagement"
    verbose_name = "服务和督办"
