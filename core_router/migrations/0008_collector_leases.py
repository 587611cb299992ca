"""Each entity has one row that says who listens to it: PostgreSQL makes it, and keeps it true."""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION keep_collector_lease() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO collector_leases AS lease (entity_id, key, community_id, platform, is_proven)
    VALUES (
        NEW.id, concat_ws('+', NEW.platform, NEW.server_id, nullif(NEW.channel_id, '')),
        NEW.community_id, NEW.platform, NEW.is_proven
    )
    ON CONFLICT (entity_id) DO UPDATE SET
        community_id = EXCLUDED.community_id,
        is_proven = EXCLUDED.is_proven,
        -- Whoever listened did so by a right that may be gone.
        holder_id = CASE WHEN lease.community_id = EXCLUDED.community_id
            AND lease.is_proven <= EXCLUDED.is_proven THEN lease.holder_id END;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_collector_lease AFTER INSERT OR UPDATE OF community_id, is_proven ON entities
    FOR EACH ROW EXECUTE FUNCTION keep_collector_lease();
INSERT INTO collector_leases (entity_id, key, community_id, platform, is_proven)
SELECT id, concat_ws('+', platform, server_id, nullif(channel_id, '')), community_id, platform,
    is_proven
FROM entities;
"""
BACKWARD = """
DROP TRIGGER keep_collector_lease ON entities;
DROP FUNCTION keep_collector_lease();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core_router", "0007_usage"),
        ("identity", "0015_members_by_role"),
    ]

    operations = [
        migrations.CreateModel(
            name="Collector",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100)),
                ("platform", models.CharField(max_length=30)),
                ("expires_at", models.DateTimeField()),
                ("held", models.PositiveIntegerField(default=0)),
                ("wants", models.PositiveIntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="identity.community",
                    ),
                ),
            ],
            options={
                "db_table": "collectors",
            },
        ),
        migrations.CreateModel(
            name="CollectorLease",
            fields=[
                (
                    "entity",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lease",
                        serialize=False,
                        to="core_router.entity",
                    ),
                ),
                ("key", models.CharField(max_length=240)),
                ("platform", models.CharField(max_length=30)),
                ("is_proven", models.BooleanField()),
                ("priority", models.PositiveSmallIntegerField(db_default=100, default=100)),
                ("free_from", models.DateTimeField(null=True)),
                ("is_live", models.BooleanField(db_default=False, default=False)),
                ("viewer_count", models.PositiveIntegerField(null=True)),
                ("error", models.CharField(blank=True, db_default="", default="", max_length=200)),
                (
                    "community",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="identity.community",
                    ),
                ),
                (
                    "holder",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="leases",
                        to="core_router.collector",
                    ),
                ),
            ],
            options={
                "db_table": "collector_leases",
            },
        ),
        migrations.AddIndex(
            model_name="collector",
            index=models.Index(fields=["expires_at"], name="collectors_that_end"),
        ),
        migrations.AddConstraint(
            model_name="collector",
            constraint=models.UniqueConstraint(
                fields=("community", "name", "platform"),
                name="one_collector_a_platform",
                nulls_distinct=False,
            ),
        ),
        migrations.AddIndex(
            model_name="collectorlease",
            index=models.Index(
                condition=models.Q(("holder", None), ("is_proven", True)),
                fields=["platform", "-is_live", "priority", "entity"],
                name="leases_free_for_all",
            ),
        ),
        migrations.AddIndex(
            model_name="collectorlease",
            index=models.Index(fields=["community", "platform"], name="leases_of_a_community"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
