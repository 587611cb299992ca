"""`waddlebot manage verify_audit_log`: prove that nobody changed the AAA log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from identity.queries import audit_events, prove


class Command(BaseCommand):
    help = "Follow the hash chain of the audit log; name the first row that breaks it."

    def handle(self, *args: Any, **options: Any) -> None:
        proof = prove(audit_events(None).order_by("id").iterator(chunk_size=2000))
        if proof.broken_id is not None:
            raise CommandError(
                f"The audit log is broken at {proof.broken_id}: {proof.reason}. "
                f"The {proof.rows} rows before it hold."
            )
        # Kept elsewhere, this line later shows that the end was not cut off either.
        self.stdout.write(f"The audit log holds: {proof.rows} rows, head {proof.head or 'none'}.")
