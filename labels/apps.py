from django.apps import AppConfig


class LabelsConfig(AppConfig):
    name = "labels"

    def ready(self) -> None:
        from identity.signals import people_merged, person_erased
        from labels import handlers
        from labels.personal import register_all

        register_all()
        people_merged.connect(handlers.follow_merge, dispatch_uid="labels")
        person_erased.connect(handlers.forget_erased, dispatch_uid="labels")
