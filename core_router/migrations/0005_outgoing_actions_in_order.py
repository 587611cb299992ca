"""Actions are numbered by PostgreSQL. None has been queued before, so the table is made anew."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core_router", "0004_engines"),
        ("identity", "0015_members_by_role"),
    ]

    operations = [
        migrations.DeleteModel(name="OutgoingAction"),
        migrations.CreateModel(
            name="OutgoingAction",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("entity", models.CharField(max_length=240)),
                ("execution_id", models.UUIDField()),
                ("action", models.JSONField()),
                ("expires_at", models.DateTimeField()),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="identity.community",
                    ),
                ),
            ],
            options={
                "db_table": "outgoing_actions",
                "indexes": [
                    models.Index(fields=["entity", "id"], name="actions_of_an_entity"),
                    models.Index(fields=["expires_at"], name="actions_that_end"),
                ],
            },
        ),
    ]
