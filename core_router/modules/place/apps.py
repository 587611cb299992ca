from django.apps import AppConfig


class PlaceConfig(AppConfig):
    name = "core_router.modules.place"
    label = "module_place"
    verbose_name = "Chat module: place"

    def ready(self) -> None:
        from core_router.modules.place.module import PlaceModule
        from core_router.sdk import register

        register(PlaceModule())
