from typing import Any

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate

from mailhub.tenancy.scope import unscoped


class TenancyConfig(AppConfig):
    name = "mailhub.tenancy"
    label = "tenancy"

    def ready(self) -> None:
        # The first reads settings, the others the models: all that is there only now. Making the Celery app here
        # gives every process that rings a bell the same broker.
        from mailhub import celery  # noqa: F401, PLC0415
        from mailhub.tenancy import checks, composite_keys, row_security  # noqa: PLC0415

        def clear_the_way(using: str, plan: list[Any], **_kwargs: Any) -> None:
            if plan:
                composite_keys.uninstall_triggers(connections[using])

        def install_walls(using: str, **_kwargs: Any) -> None:
            with unscoped("new keys are checked against the rows of every tenant"):
                composite_keys.install(connections[using])
                row_security.install(connections[using])

        pre_migrate.connect(clear_the_way, weak=False, dispatch_uid="walls between tenants")
        post_migrate.connect(install_walls, weak=False, dispatch_uid="walls between tenants")
        register(checks.pipelines_import)
        register(Tags.database)(checks.walls_stand)
