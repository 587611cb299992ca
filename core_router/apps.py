from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreRouterConfig(AppConfig):
    name = "core_router"

    def ready(self) -> None:
        from core_router import handlers, registry
        from core_router.engines.aws_lambda import LambdaEngine
        from core_router.engines.base import register
        from core_router.engines.http import ContainerEngine, WebhookEngine
        from core_router.engines.openwhisk import OpenWhiskEngine
        from core_router.personal import register_all
        from core_router.queries.commands import CommandArea
        from core_router.queries.entities import has_proven
        from core_router.queries.labelled import uses_of_label
        from identity.signals import community_created, people_merged
        from labels.api import register_area, register_label_users, register_place_proofs

        register_all()
        register_area("commands", CommandArea())
        register_label_users(uses_of_label)
        register_place_proofs(has_proven)
        for engine in (ContainerEngine, WebhookEngine, LambdaEngine, OpenWhiskEngine):
            register(engine())
        registry.register_installed_packages()
        community_created.connect(handlers.give_modules, dispatch_uid="core_router")
        people_merged.connect(handlers.forget_both, dispatch_uid="core_router")
        post_migrate.connect(handlers.sync_modules, sender=self, dispatch_uid="core_router")
