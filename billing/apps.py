from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self) -> None:
        # The pages of the operator read the models, which are there only now.
        from billing import admin  # noqa: F401, PLC0415
