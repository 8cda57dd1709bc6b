from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "jieti.audit"
    verbose_name = "审计"
