from django.apps import AppConfig


class ShellConfig(AppConfig):
    name = "mailhub.shell"
    label = "shell"
