from django.apps import AppConfig


class OverlayConfig(AppConfig):
    name = "core_router.modules.overlay"
    label = "module_overlay"
    verbose_name = "Chat module: overlay"

    def ready(self) -> None:
        from core_router.modules.overlay.module import Overlay
        from core_router.sdk import register

        register(Overlay())
