from django.apps import AppConfig


class WhyConfig(AppConfig):
    name = "core_router.modules.why"
    label = "module_why"
    verbose_name = "Chat module: why"

    def ready(self) -> None:
        from core_router.modules.why.module import Why
        from core_router.sdk import register

        register(Why())
