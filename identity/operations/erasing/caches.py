"""What every process remembers of somebody who is being erased."""

from django.db.models import Q

from identity.models import ApiKey, Community
from identity.registry import Departure
from waddlebot.lib.cache import SEPARATOR, announce


def forget_everywhere(departure: Departure) -> None:
    theirs = Q(user_id__in=departure.user_ids) | Q(community_id__in=departure.closed_ids)
    for key_id in ApiKey.objects.filter(theirs).values_list("key_id", flat=True):
        announce("api_keys", key_id)
    for platform, platform_user_id in departure.accounts:
        announce("people", f"{platform}{SEPARATOR}{platform_user_id}")
    for community_id in departure.community_ids:
        for user_id in departure.user_ids:
            announce("roles", f"{community_id}:{user_id}")
            announce("visits", f"{community_id}:{user_id}")
            announce("seen", f"{community_id}:{user_id}")
    for community in Community.objects.filter(pk__in=departure.closed_ids):
        announce("tenants", community.slug)
        announce("tenants", str(community.pk))
