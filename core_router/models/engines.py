"""Who answers outside this process, and what has been asked of them."""

from django.db import models
from django.utils import timezone

from core_router.data import EngineType
from waddlebot.lib.ids import new_id

TYPES = [(each.value, each.value) for each in EngineType]


class Engine(models.Model):
    """Where a command or an event hook is answered: it belongs to one of them alone."""

    community = models.ForeignKey("identity.Community", on_delete=models.CASCADE, related_name="+")
    type = models.CharField(max_length=20, choices=TYPES)
    # A URL, a Lambda function or an OpenWhisk action.
    target = models.CharField(max_length=2000)
    timeout_s = models.FloatField(default=5)
    options = models.JSONField(default=dict, blank=True)
    # The newest first; never shown again, and opened only to call.
    sealed_secrets = models.BinaryField(default=bytes, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    shown_secret = ""
    """One that was just made for it, to be shown this once."""

    class Meta:
        db_table = "engines"

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class EngineCall(models.Model):
    """A call outside that has no answer yet; its id is the execution's. Gone when answered.

    `running`: a process waits until `deadline_at`; if that died, another takes the call up.
    `pending`: the module said it answers later, which it may until `expires_at`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    session_id = models.UUIDField()
    community = models.ForeignKey(
        "identity.Community", on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    command_id = models.BigIntegerField()
    command = models.CharField(max_length=50)
    engine = models.CharField(max_length=20)
    user_id = models.BigIntegerField()
    entity = models.CharField(max_length=240)
    event_id = models.CharField(max_length=200, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, default="running")
    started_at = models.DateTimeField(default=timezone.now)
    deadline_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "engine_calls"
        indexes = [
            # What nobody answered in time is ended by a sweep.
            models.Index(fields=["expires_at"], name="calls_that_end"),
        ]

    def __str__(self) -> str:
        return f"{self.command} {self.id}"
