from django.db import migrations

SCOPES = r"UPDATE labels SET scope = substring(name from '^(.*)/') WHERE name LIKE '%/%'"
COMMUNITIES = """
UPDATE user_labels SET community_id = labels.community_id FROM labels
WHERE labels.id = user_labels.label_id AND user_labels.community_id IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("labels", "0002_labels_grow")]

    operations = [
        migrations.RunSQL(SCOPES, reverse_sql=migrations.RunSQL.noop),
        migrations.RunSQL(COMMUNITIES, reverse_sql=migrations.RunSQL.noop),
    ]
