from django.apps import AppConfig


class ReputationConfig(AppConfig):
    name = "core_router.modules.reputation"
    label = "module_reputation"
    verbose_name = "Chat module: reputation"

    def ready(self) -> None:
        from core_router.modules.reputation.module import Reputation
        from core_router.sdk import register

        register(Reputation())
