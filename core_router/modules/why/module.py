"""`!why`: what stood in the way."""

from datetime import timedelta

from core_router.sdk import (
    Call,
    CommandSpec,
    Module,
    Outcome,
    Refusal,
    Reply,
    Role,
    TraceStep,
    echo,
    last_refusal,
    last_refusal_of,
)

LONGEST = 400

SAID = {
    Outcome.DENIED: "was not allowed",
    Outcome.LIMITED: "came too soon",
    Outcome.MODERATED: "was stopped by a rule",
    Outcome.FAILED: "failed",
}


class Why(Module):
    slug = "why"
    title = "Why?"
    description = "Explains why a command or message was refused."
    commands = (
        CommandSpec(
            name="why",
            description="Explains why your last command was refused; moderators may name another.",
            usage="[@user]",
            is_pure=True,
        ),
    )

    def handle(self, call: Call) -> Reply:
        named = call.args[0].removeprefix("@") if call.args else ""
        refusal, whose = _of_another(call, named) if named else (_own(call), "yours")
        if refusal is None:
            return Reply(f"Nothing of {whose} was refused in the last hour.")
        said = _explain(refusal, call.now - refusal.at, is_own=not named)
        return Reply(echo(said, LONGEST))


def _own(call: Call) -> Refusal | None:
    # Somebody a dry run has not met before has no past.
    if not call.caller.user_id:
        return None
    return last_refusal(community_id=call.community.id, user_id=call.caller.user_id)


def _of_another(call: Call, name: str) -> tuple[Refusal | None, str]:
    call.demand(Role.MODERATOR, "ask about somebody else")
    refusal = last_refusal_of(
        community_id=call.community.id, platform=call.event.platform, user_name=name
    )
    return refusal, echo(name, 50)


def _explain(refusal: Refusal, age: timedelta, *, is_own: bool) -> str:
    what = f"{refusal.prefix}{refusal.command}" if refusal.command else "The message"
    failed = next((step for step in refusal.trace if not step.ok), None)
    sentences = [
        f"{what} {SAID.get(refusal.outcome, 'was refused')} {_ago(age)}.",
        _reason(refusal, failed, is_own=is_own),
    ]
    if failed is not None and failed.remedy:
        sentences.append(f"It stopped at “{failed.step}”, and takes {failed.remedy}.")
    return " ".join(filter(None, sentences))


def _reason(refusal: Refusal, failed: TraceStep | None, *, is_own: bool) -> str:
    # One is told of oneself as “you”; the trace speaks to everybody else.
    if failed is not None and failed.step == "permission" and not is_own:
        return failed.detail
    return refusal.reason.detail


def _ago(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return "just now" if minutes < 1 else f"{minutes} min ago"
