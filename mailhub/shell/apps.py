from django.apps import AppConfig
from django.core.validators import validate_email


class ShellConfig(AppConfig):
    name = "mailhub.shell"
    label = "shell"

    def ready(self) -> None:
        # Every form and model shares this validator, and all other words on the screens say "e-mail".
        validate_email.message = "Enter a valid e-mail address."
