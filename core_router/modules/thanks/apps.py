from django.apps import AppConfig


class ThanksConfig(AppConfig):
    name = "core_router.modules.thanks"
    label = "module_thanks"
    verbose_name = "Chat module: thanks"

    def ready(self) -> None:
        from core_router.modules.thanks.module import Thanks
        from core_router.sdk import register

        register(Thanks())
