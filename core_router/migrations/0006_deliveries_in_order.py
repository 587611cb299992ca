"""Numbers that say in which order a lane is told, and which delivery waits for which."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core_router", "0005_outgoing_actions_in_order"),
        ("identity", "0015_members_by_role"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="eventdelivery",
            name="deliveries_in_order",
        ),
        migrations.RemoveIndex(
            model_name="eventdelivery",
            name="deliveries_done",
        ),
        migrations.RemoveField(
            model_name="deliverylane",
            name="leased_until",
        ),
        migrations.AddField(
            model_name="deliverylane",
            name="last_number",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="eventdelivery",
            name="number",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="eventdelivery",
            index=models.Index(
                condition=models.Q(("state", "queued")),
                fields=["lane", "number"],
                name="deliveries_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="eventdelivery",
            index=models.Index(
                condition=models.Q(("after__isnull", False), ("state", "queued")),
                fields=["after"],
                name="deliveries_that_wait",
            ),
        ),
        migrations.AddIndex(
            model_name="eventdelivery",
            index=models.Index(
                condition=models.Q(("state", "queued"), _negated=True),
                fields=["finished_at"],
                name="deliveries_finished",
            ),
        ),
    ]
