from django.apps import AppConfig


class LabelsConfig(AppConfig):
    name = "labels"

    def ready(self) -> None:
        from identity.data import Role
        from identity.signals import (
            accounts_changed,
            members_changed,
            people_merged,
            person_erased,
        )
        from labels import handlers
        from labels.personal import register_all
        from labels.registry import register_permission
        from labels.signals import labels_changed

        register_all()
        register_permission(
            "labels:see", "See in chat who holds which label.", min_role=Role.MEMBER
        )
        register_permission("labels:manage", "Make, change and remove labels, groups and rules.")
        register_permission(
            "labels:assign",
            "Give and take labels that permit nothing; named, this label whatever it permits.",
            min_role=Role.MODERATOR,
            named_role=Role.ADMIN,
        )
        register_permission("roles:give", "Let roles on a platform follow from labels.")
        people_merged.connect(handlers.follow_merge, dispatch_uid="labels")
        person_erased.connect(handlers.forget_erased, dispatch_uid="labels")
        members_changed.connect(handlers.look_at_members, dispatch_uid="labels")
        labels_changed.connect(handlers.look_at_holders, dispatch_uid="labels.rules")
        accounts_changed.connect(handlers.follow_accounts, dispatch_uid="labels")
        labels_changed.connect(handlers.follow_labels, dispatch_uid="labels.roles")
        labels_changed.connect(handlers.note_change, dispatch_uid="labels.versions")
