"""What somebody did and what was done to their account, as the AAA log has it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from identity.models import AuditEvent
from identity.queries.audit import events_about
from identity.views.pages.common import actor, answer, me, page_of
from waddlebot.lib.ids import moment_of


@require_GET
@login_required
def activity(request: HttpRequest) -> HttpResponse:
    rows, pages = page_of(events_about(me(request)), request)
    events = [_event(row, actor(request)) for row in rows]
    return answer(request, "identity/account/activity.html", {"events": events, "pages": pages})


def _event(row: AuditEvent, mine: str) -> dict[str, Any]:
    kind, _, name = row.actor.partition(":")
    if row.actor == mine:
        who = "you"
    elif kind == "key":
        who = f"the key wb_{name}"
    else:
        who = "somebody who was not signed in" if row.actor == "anonymous" else "WaddleBot"
    return {
        "row": row,
        "at": moment_of(row.pk),
        "what": row.action.replace("_", " ").capitalize(),
        "who": "somebody else" if kind == "user" and row.actor != mine else who,
    }
