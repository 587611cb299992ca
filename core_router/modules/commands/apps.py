from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "core_router.modules.commands"
    label = "module_commands"
    verbose_name = "Chat module: text commands"

    def ready(self) -> None:
        from core_router.modules.commands.module import Commands
        from core_router.sdk import register

        register(Commands())
