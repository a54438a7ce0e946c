from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "mailhub.people"
    label = "people"
