from django.apps import AppConfig


class HelpConfig(AppConfig):
    name = "core_router.modules.help"
    label = "module_help"
    verbose_name = "Chat module: help"

    def ready(self) -> None:
        from core_router.modules.help.module import Help
        from core_router.sdk import register

        register(Help())
