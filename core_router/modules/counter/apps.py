from django.apps import AppConfig


class CountersConfig(AppConfig):
    name = "core_router.modules.counter"
    label = "module_counter"
    verbose_name = "Chat module: counters"

    def ready(self) -> None:
        from core_router.modules.counter.module import Counters
        from core_router.sdk import register

        register(Counters())
