"""The statements of assigning: each reads or writes for a thousand pins at once.

A LATERAL with a LIMIT is looked up pin by pin in an index, however the planner guesses.
"""

from typing import Final

LIMIT: Final = """
COALESCE((SELECT max_per_object FROM label_settings WHERE {in_community}), %(usual_limit)s)
"""
LABELS: Final = f"""
SELECT id, CASE WHEN exclusive THEN scope ELSE '' END,
    EXISTS (SELECT FROM label_suppressions WHERE label_id = labels.id), {LIMIT}
FROM labels WHERE id = ANY(%(named)s::bigint[])
AND {{in_community}} AND kind = %(kind)s AND deleted_at IS NULL
"""  # noqa: S608 - all of it is ours.
HELD: Final = """
SELECT {columns} FROM unnest(%(labels)s::bigint[], %(targets)s::{type}[]) AS pin(label, target)
CROSS JOIN LATERAL (
    SELECT {columns} FROM {table} WHERE label_id = pin.label AND {object} = pin.target
    AND ended_at IS NULL LIMIT 1
) AS spell
"""
# Nobody can hold more labels than there are; while these are few, nobody is looked at.
NEAR_THE_LIMIT: Final = f"""
SELECT {{object}}, count(*) FROM {{table}}
WHERE {{object}} = ANY(%(targets)s::{{type}}[]) AND {{here}} AND ended_at IS NULL
AND (valid_until IS NULL OR valid_until > %(now)s)
AND {LIMIT} < (
    SELECT count(*) FROM labels WHERE {{in_community}} AND kind = %(kind)s AND deleted_at IS NULL
)
GROUP BY {{object}} HAVING count(*) + %(wanted)s > {LIMIT}
"""  # noqa: S608 - all of it is ours.
SIBLINGS: Final = """
SELECT {columns} FROM unnest(%(scopes)s::text[], %(targets)s::{type}[]) AS pin(scope, target)
CROSS JOIN LATERAL (
    SELECT {columns} FROM {table} WHERE {here} AND exclusive_scope = pin.scope
    AND exclusive_scope <> '' AND {object} = pin.target AND ended_at IS NULL LIMIT 1
) AS spell
"""
INSERT: Final = """
INSERT INTO {table} (label_id, {object}, exclusive_scope, valid_from, valid_until, reason,
    community_id, source, source_ref, given_at, given_by{kind})
SELECT label, target, COALESCE(scope, ''), since, until, COALESCE(reason, ''),
    %(community)s, %(source)s, %(source_ref)s, %(now)s, %(by)s{kind_value}
FROM unnest(%(labels)s::bigint[], %(targets)s::{type}[], %(scopes)s::text[],
    %(since)s::timestamptz[], %(until)s::timestamptz[], %(reasons)s::text[])
    AS pin(label, target, scope, since, until, reason)
"""
# Asked for by its reason: by `ended_at IS NULL` the planner would read the open ones of everybody.
END: Final = """
UPDATE {table} SET ended_at = {ended_at}, ended_by = %(by)s, ended_because = %(because)s
WHERE id = ANY(%(ids)s::bigint[]) AND ended_because = ''
"""
# What somebody else has in hand, who merges people perhaps, is left for the next time.
EXPIRE: Final = """
UPDATE {table} SET ended_at = valid_until, ended_because = %(because)s
WHERE id IN (
    SELECT id FROM {table} WHERE {here} AND ended_at IS NULL AND valid_until <= %(now)s
    ORDER BY valid_until LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
RETURNING label_id, {object}
"""
SUPPRESS: Final = """
INSERT INTO label_suppressions (label_id, user_id, created_at, created_by)
SELECT label, target, %(now)s, %(by)s
FROM unnest(%(labels)s::bigint[], %(targets)s::bigint[]) AS pin(label, target)
ON CONFLICT DO NOTHING
"""
SUPPRESSED: Final = """
FROM label_suppressions WHERE (label_id, user_id) IN (
    SELECT * FROM unnest(%(labels)s::bigint[], %(targets)s::bigint[])
)
"""


COLUMNS: Final = "id, label_id, {}, exclusive_scope, valid_from, valid_until, source, source_ref"
PERSONAL: Final = {
    "table": "user_labels",
    "object": "user_id",
    "type": "bigint",
    "columns": COLUMNS.format("user_id"),
    "kind": "",
    "kind_value": "",
}
OTHER: Final = {
    "table": "object_labels",
    "object": "object_id",
    "type": "text",
    "columns": COLUMNS.format("object_id"),
    "kind": ", kind",
    "kind_value": ", %(kind)s",
}
