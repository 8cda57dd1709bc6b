from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "jieti.dashboards"
    verbose_name = "全区画像"
