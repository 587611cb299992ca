from django.apps import AppConfig


class QuotesConfig(AppConfig):
    name = "core_router.modules.quote"
    label = "module_quote"
    verbose_name = "Chat module: quotes"

    def ready(self) -> None:
        from core_router.modules.quote.module import Quotes
        from core_router.modules.quote.personal import register_all
        from core_router.sdk import register

        register_all()
        register(Quotes())
