from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "jieti.registry"
    verbose_name = "登记与送数"
