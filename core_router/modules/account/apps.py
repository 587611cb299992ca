from django.apps import AppConfig


class AccountConfig(AppConfig):
    name = "core_router.modules.account"
    label = "module_account"
    verbose_name = "Chat module: account"

    def ready(self) -> None:
        from core_router.modules.account.module import Account
        from core_router.sdk import register

        register(Account())
