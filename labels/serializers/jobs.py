"""Jobs, as they travel."""

from rest_framework import serializers

from labels.models import Job

STATES = [state.value for state in Job.State if state is not Job.State.UPLOADING]


class JobError(serializers.Serializer[Job]):
    line = serializers.IntegerField(help_text="Of the file; its first line is 1.")
    code = serializers.CharField()
    detail = serializers.CharField()


class JobOutput(serializers.Serializer[Job]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    community = serializers.IntegerField()
    state = serializers.ChoiceField(STATES)
    done = serializers.IntegerField(help_text="Lines, blank ones too.")
    total = serializers.IntegerField()
    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    replaced = serializers.IntegerField()
    removed = serializers.IntegerField()
    error_count = serializers.IntegerField()
    errors = serializers.ListField(  # type: ignore[assignment]
        child=JobError(), help_text="The first 100."
    )
    failure = serializers.CharField(allow_null=True, help_text="Why the job as a whole failed.")
    action = serializers.ChoiceField(["add", "remove"])
    dry_run = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
