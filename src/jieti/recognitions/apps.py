from django.apps import AppConfig


class RecognitionsConfig(AppConfig):
    name = "jieti.recognitions"
    verbose_name = "分类认定"
