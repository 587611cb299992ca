"""What was written before messages were counted."""

from django.db import migrations

COUNT = """
UPDATE memberships SET messages = counted.messages FROM (
    SELECT community_id, user_id, sum(events) AS messages FROM reputation_days
    WHERE reason IN ('chatMessage', 'slashCommand') GROUP BY community_id, user_id
) AS counted
WHERE counted.community_id = memberships.community_id AND counted.user_id = memberships.user_id
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0012_what_rules_ask")]

    operations = [migrations.RunSQL(COUNT, migrations.RunSQL.noop)]
