from django.apps import AppConfig


class LabelsConfig(AppConfig):
    name = "core_router.modules.labels"
    label = "module_labels"
    verbose_name = "Chat module: labels"

    def ready(self) -> None:
        from core_router.modules.labels.module import Labels
        from core_router.sdk import register

        register(Labels())
