from django.apps import AppConfig


class PulseConfig(AppConfig):
    name = "mailhub.pulse"
    label = "pulse"
