"""The statements that hand a table's rows from one person, the source, to another, the target.

Each does its work for all rows at once: a merge is as many statements for ten rows as for a
hundred thousand. In all of them `theirs` is the row that goes and `mine` the one that stays.
"""

from typing import Final

COUNT: Final = """
SELECT count(*), count(mine.{pk})
FROM {table} AS theirs LEFT JOIN {table} AS mine ON mine.{person} = %(target)s AND {same}
WHERE theirs.{person} = %(source)s AND {which}
"""

# The rows are locked as they are read: what is added and noted is what they hold by then.
JOIN: Final = """
WITH pairs AS (
    SELECT theirs.{pk} AS gone, mine.{pk} AS kept,
        to_jsonb(theirs) AS "row", to_jsonb(mine) AS "before"
    FROM {table} AS theirs JOIN {table} AS mine ON {same}
    WHERE theirs.{person} = %(source)s AND mine.{person} = %(target)s AND {which}
    FOR UPDATE
), joined AS (
    UPDATE {table} AS mine SET {gains}
    FROM pairs, LATERAL jsonb_populate_record(NULL::{table}, pairs."row") AS theirs
    WHERE mine.{pk} = pairs.kept
    RETURNING mine.{pk} AS kept, to_jsonb(mine) AS "after"
), gone AS (
    DELETE FROM {table} USING pairs WHERE {table}.{pk} = pairs.gone
)
SELECT "row", to_jsonb(kept), "before", "after" FROM pairs JOIN joined USING (kept)
"""

MOVE: Final = """
UPDATE {table} AS theirs SET {person} = %(target)s
WHERE theirs.{person} = %(source)s AND {which}
RETURNING to_jsonb(theirs.{pk})
"""

# Whoever took such a row from the source took it from both, and whoever lowered it lowered both:
# a row comes back only while the one it was joined into is there, and no higher than that is.
RECALL: Final = """
INSERT INTO {table} ({columns}) SELECT {values}
FROM jsonb_to_recordset(%(noted)s::jsonb) AS noted("row" jsonb, "into" {pk_type})
JOIN {table} AS mine ON mine.{pk} = noted."into" AND mine.{person} = %(source)s,
LATERAL jsonb_populate_record(NULL::{table}, noted."row") AS theirs
ON CONFLICT ({unique}) DO UPDATE SET {gains}
"""

# Takes off the source's rows what JOIN had added to them, and leaves what came since.
RELEASE: Final = """
UPDATE {table} AS mine SET {losses}
FROM jsonb_to_recordset(%(noted)s::jsonb)
    AS noted("row" jsonb, "into" {pk_type}, "before" jsonb, "after" jsonb),
LATERAL jsonb_populate_record(NULL::{table}, noted."row") AS theirs,
LATERAL jsonb_populate_record(NULL::{table}, noted."before") AS earlier,
LATERAL jsonb_populate_record(NULL::{table}, noted."after") AS later
WHERE mine.{pk} = noted."into" AND mine.{person} = %(source)s
"""

SUMMED: Final = "{column} = {mine}.{column} + {theirs}.{column}"

# NULL lasts for ever: nothing is higher.
RAISED: Final = (
    "{column} = CASE WHEN {mine}.{column} IS NOT NULL AND {theirs}.{column} IS NOT NULL"
    " THEN GREATEST({mine}.{column}, {theirs}.{column}) END"
)

GIVEN_BACK: Final = "{column} = mine.{column} - theirs.{column}"
GIVEN_BACK_TO_ZERO: Final = "{column} = GREATEST(mine.{column} - theirs.{column}, 0)"

LOWERED: Final = (
    "{column} = CASE WHEN mine.{column} IS NOT DISTINCT FROM later.{column}"
    " THEN earlier.{column} ELSE mine.{column} END"
)
