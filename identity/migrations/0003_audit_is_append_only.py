"""The AAA log takes new rows and keeps the old ones as they are.

Dropping a month's partition, and TRUNCATE, stay with the table's owner.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION audit_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit_events is append-only';
END $$;
CREATE TRIGGER audit_events_are_append_only BEFORE UPDATE OR DELETE ON audit_events
    FOR EACH ROW EXECUTE FUNCTION audit_events_are_append_only();
"""
BACKWARD = """
DROP TRIGGER audit_events_are_append_only ON audit_events;
DROP FUNCTION audit_events_are_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_verification_codes")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
