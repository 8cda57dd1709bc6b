from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "jieti.directory"
    verbose_name = "个体工商户名录"
    default_auto_field = "django.db.models.BigAutoField"
