from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "jieti.accounts"
    verbose_name = "账号与权限"
