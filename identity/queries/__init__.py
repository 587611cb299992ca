"""Questions to identity."""

from identity.queries.audit import Proof, audit_events, prove
from identity.queries.communities import (
    communities_seen_by,
    community_ids,
    community_row,
    member_by_public_id,
    members_of,
    role_in,
    roles_of,
    tenant,
    tenant_by_id,
)
from identity.queries.keys import as_info, key_info, keys_seen_by, list_keys
from identity.queries.people import (
    ids_of,
    link_of,
    links_of,
    people_seen_by,
    person_by_id,
    person_by_public_id,
    person_by_username,
    places_of,
)

__all__ = [
    "Proof",
    "as_info",
    "audit_events",
    "communities_seen_by",
    "community_ids",
    "community_row",
    "ids_of",
    "key_info",
    "keys_seen_by",
    "link_of",
    "links_of",
    "list_keys",
    "member_by_public_id",
    "members_of",
    "people_seen_by",
    "person_by_id",
    "person_by_public_id",
    "person_by_username",
    "places_of",
    "prove",
    "role_in",
    "roles_of",
    "tenant",
    "tenant_by_id",
]
