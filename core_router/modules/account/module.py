"""`!link`, `!verify`, `!confirm`, `!unlink`, `!whoami`: one person across platforms."""

from collections.abc import Callable, Mapping

from django.conf import settings

from core_router.sdk import Call, CommandSpec, Module, RefusedError, Reply, echo
from identity import api as identity
from identity.data import ChatAccount, LinkedAccount

LONGEST = 400


class Account(Module):
    slug = "account"
    title = "Your account"
    description = "Links the accounts of one person across platforms."
    commands = (
        CommandSpec(
            name="whoami",
            description="Says who you are to WaddleBot, and which accounts are linked.",
            is_pure=True,
        ),
        CommandSpec(
            name="link",
            description="Sends a code to another account of yours, or explains how to link this.",
            usage="[platform] [username]",
        ),
        CommandSpec(
            name="verify",
            description="Takes the code that links an account.",
            usage="<code>",
            min_args=1,
        ),
        CommandSpec(
            name="confirm",
            description="Links this account to the WaddleBot account whose code you typed.",
        ),
        CommandSpec(
            name="unlink",
            description="Takes a linked account away from your WaddleBot account.",
            usage="<platform> [username]",
            min_args=1,
        ),
    )

    def handle(self, call: Call) -> Reply:
        if not call.proves_author:
            # A community's own key reports what it likes: it neither proves nor tells anything.
            return Reply(f"Accounts are not linked from this chat. {_sign_in()}")
        # A command under a name of the community's own is the harmless one.
        answer = ANSWERS.get(call.command, _whoami)
        return Reply(echo(answer(call), LONGEST))


def _whoami(call: Call) -> str:
    person = identity.person_by_id(call.caller.user_id)
    accounts = identity.linked_accounts(call.caller.user_id)
    if person is None or (person.is_staged and len(accounts) <= 1):
        return f"You are {call.caller.display_name}, with no other account linked. {_how(call)}"
    linked = ", ".join(f"{each.name} on {each.platform}" for each in accounts)
    if person.is_staged:
        return f"You are {linked}."
    name = identity.account_name(call.caller.user_id)
    return f"You are the WaddleBot account {name}" + (f": {linked}." if linked else ".")


def _link(call: Call) -> str:
    if len(call.args) > 1:
        return _send(call, echo(call.args[0].lower(), 30), call.args[1].removeprefix("@"))
    code = identity.code_on_its_way(call.caller.user_id, now=call.now)
    if code is None:
        return _how(call)
    outcome = OUTCOMES.get(code.delivery, f"did not arrive: {code.detail}")
    return f"The code for {code.user_name} on {code.platform} {outcome}"


def _send(call: Call, platform: str, username: str) -> str:
    identity.ask_link(
        user_id=call.caller.user_id,
        platform=platform,
        username=username,
        method="dm",
        actor=f"user:{call.caller.user_id}",
        now=call.now,
    )
    return (
        f"A code is on its way to {username} on {platform}, if there is such an account. "
        "When it has arrived, type !verify and the code here."
    )


def _sign_in() -> str:
    return f"To see and link yours, sign in at {settings.PUBLIC_URL}."


def _how(call: Call) -> str:
    return (
        f"To link this {call.event.platform} account, sign in at {settings.PUBLIC_URL}, ask for "
        "a code there, and type !verify and the code here."
    )


def _verify(call: Call) -> str:
    step = identity.type_code(typist=_typist(call), code=call.args[0], now=call.now)
    return step.reply if step else "This code is not good. Check it, or ask for a new one."


def _confirm(call: Call) -> str:
    step = identity.confirm_typed(typist=_typist(call), now=call.now)
    return step.reply if step else "There is nothing to confirm. First comes !verify and a code."


def _unlink(call: Call) -> str:
    account = _named(call)
    identity.unlink_account(
        user_id=call.caller.user_id,
        link_id=account.id,
        actor=f"user:{call.caller.user_id}",
        now=call.now,
    )
    return f"{account.name} on {account.platform} is linked to you no more."


def _named(call: Call) -> LinkedAccount:
    platform, name = call.args[0].lower(), " ".join(call.args[1:2]).removeprefix("@").lower()
    found = [
        each
        for each in identity.linked_accounts(call.caller.user_id)
        if each.platform == platform and name in {"", each.name.lower(), each.user_name.lower()}
    ]
    if not found:
        raise RefusedError(f"No such account on {echo(platform, 30)} is linked to you.")
    if len(found) > 1:
        raise RefusedError(f"Which one? Type !unlink {echo(platform, 30)} and its name.")
    return found[0]


def _typist(call: Call) -> ChatAccount:
    return ChatAccount(
        platform=call.event.platform,
        platform_user_id=call.event.user_id,
        user_name=call.event.user_name,
        display_name=call.event.display_name,
    )


OUTCOMES: Mapping[str, str] = {
    "queued": "is on its way.",
    "sent": "was sent. Type !verify and the code here.",
}
ANSWERS: Mapping[str, Callable[[Call], str]] = {
    "confirm": _confirm,
    "link": _link,
    "unlink": _unlink,
    "verify": _verify,
}
