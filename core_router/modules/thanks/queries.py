"""The texts of a community, in memory: every event asks for them."""

from collections.abc import Mapping

from core_router.modules.thanks.models import Thanks
from waddlebot.lib.cache import LocalCache


def texts_of(community_id: int) -> Mapping[str, str]:
    return _texts.get(str(community_id))


def _load(community_id: str) -> Mapping[str, str]:
    rows = Thanks.objects.filter(community_id=int(community_id))
    return dict(rows.values_list("message_type", "text"))


_texts = LocalCache("thanks", _load)
