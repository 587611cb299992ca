from django.apps import AppConfig


class ShoutoutConfig(AppConfig):
    name = "core_router.modules.so"
    label = "module_so"
    verbose_name = "Chat module: shoutout"

    def ready(self) -> None:
        from core_router.modules.so.module import Shoutout
        from core_router.sdk import register

        register(Shoutout())
