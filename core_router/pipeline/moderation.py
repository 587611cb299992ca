"""Does a rule of the community stop this text?"""

from core_router import moderation as rules
from core_router.data import CHAT_TYPES, Outcome, Reason, Rule
from core_router.pipeline.context import Context, Verdict
from core_router.pipeline.people import caller
from core_router.queries.rules import rule_set
from core_router.sdk import meets


def moderation(context: Context) -> Verdict | None:
    event = context.event
    known = rule_set(context.tenant.id)
    if not known or event.message_type not in CHAT_TYPES:
        context.detail = "no rule applies"
        return None

    def exempt(rule: Rule) -> bool:
        asked = rule.exempt
        if not (asked.min_role or asked.any_label or asked.platform_roles):
            return False
        return meets(caller(context), asked)

    context.hits = known.scan(event.message_content, entity=event.entity, exempt=exempt)
    if not context.hits:
        context.detail = "no rule matches"
        return None
    worst = context.hits[0]
    context.detail = f"the rule {worst.rule.name} matches"
    return Verdict(
        Outcome.MODERATED,
        Reason("moderation_rule", f"The rule “{worst.rule.name}” of this community stopped it."),
        rules.actions_of(worst, event),
        remedy="a text without it, or an exemption from the rule",
    )
