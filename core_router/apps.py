from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreRouterConfig(AppConfig):
    name = "core_router"

    def ready(self) -> None:
        from core_router import handlers, registry
        from core_router.personal import register_all
        from identity.signals import community_created, people_merged

        register_all()
        registry.register_installed_packages()
        community_created.connect(handlers.give_modules, dispatch_uid="core_router")
        people_merged.connect(handlers.forget_both, dispatch_uid="core_router")
        post_migrate.connect(handlers.sync_modules, sender=self, dispatch_uid="core_router")
