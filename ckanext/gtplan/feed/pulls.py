"""Who pulls the feeds, and when: counted by day, by what a harvester calls itself, by address."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from ..plan.shapes import CONTROL
from .keeping.database import get_engine

__all__ = [
    "KEPT_DAYS",
    "NAMELESS",
    "OTHERS",
    "list_days",
    "list_harvesters",
    "name_harvester",
    "note_pull",
]

log = logging.getLogger(__name__)

#: Days that are kept.
KEPT_DAYS = 90
#: Who is counted together once a day has as many rows as a table should have.
OTHERS = "(…)"
#: Who says nothing.
NAMELESS = "-"
_MOST_ROWS = 1000
_LONGEST = 80
# A program says what it is before or after what it passes itself off as; a browser says no more.
_COMPATIBLE = re.compile(r"compatible;\s*([^;()]+)")
_BROWSER = re.compile(r"Mozilla/\d")
_COMMENT = re.compile(r"\(([^()]*)\)")
_ADDRESS = re.compile(r"https?://[^\s;,()]+")
_EMAIL = re.compile(r"\S*@\S*")
_NOTE = sa.text(
    f"""
    SET LOCAL lock_timeout = '300ms';
    SET LOCAL statement_timeout = '1s';
    SET LOCAL synchronous_commit = off;
    DELETE FROM gtplan_feed_pull WHERE day < current_date - {KEPT_DAYS};
    INSERT INTO gtplan_feed_pull AS p (day, harvester, address, pulls, unchanged, failed, size,
        seconds, latest, status)
    SELECT current_date,
        CASE WHEN (SELECT count(*) FROM gtplan_feed_pull WHERE day = current_date) < {_MOST_ROWS}
            OR EXISTS (SELECT FROM gtplan_feed_pull WHERE day = current_date
                AND harvester = :harvester AND address = :address)
        THEN :harvester ELSE :others END,
        :address, 1, :unchanged, :failed, :size, :seconds, clock_timestamp(), :status
    ON CONFLICT (day, harvester, address) DO UPDATE SET
        pulls = p.pulls + 1,
        unchanged = p.unchanged + excluded.unchanged,
        failed = p.failed + excluded.failed,
        size = p.size + excluded.size,
        seconds = p.seconds + excluded.seconds,
        latest = excluded.latest,
        status = excluded.status
    """
)
_SUMS = """
    sum(pulls) AS pulls, sum(unchanged) AS unchanged, sum(failed) AS failed, sum(size) AS size,
    sum(seconds) / sum(pulls) AS seconds, max(latest) AS latest,
    (array_agg(status ORDER BY latest DESC))[1] AS status
"""
_HARVESTERS = sa.text(
    f"""
    SELECT harvester, count(DISTINCT day) AS days, min(day) AS first,
        array_agg(DISTINCT address) AS addresses, {_SUMS}
    FROM gtplan_feed_pull WHERE day > current_date - :days
    GROUP BY harvester ORDER BY latest DESC, harvester
    """
)
_DAYS = sa.text(
    f"""
    SELECT day, harvester, address, {_SUMS} FROM gtplan_feed_pull
    WHERE day > current_date - :days AND (:harvester = '' OR harvester = :harvester)
    GROUP BY day, harvester, address ORDER BY day DESC, latest DESC, harvester, address
    """
)


def name_harvester(user_agent: str) -> str:
    """Give the name by which a harvester is counted: what a program calls itself, and its page.

    Browsers are one: what they say of a person's machine is not kept, nor are addresses of e-mail.

    Args:
        user_agent: as it was sent.
    """
    text = CONTROL.sub(" ", user_agent.encode("utf-8", "replace").decode())
    text = _EMAIL.sub(" ", text)
    pages = _ADDRESS.findall(text)
    compatible = _COMPATIBLE.search(text)
    if compatible:
        name = compatible[1]
    elif _BROWSER.match(text):
        return "Mozilla"
    else:
        name = _COMMENT.sub(" ", text)
    words = [word.strip("+;,") for word in _ADDRESS.sub(" ", name).replace("(", " ").split()]
    return " ".join(filter(None, [*words, *pages[:1]]))[:_LONGEST].strip() or NAMELESS


def note_pull(user_agent: str, address: str, status: int, size: int, seconds: float) -> None:
    """Count an answer once it has been sent; whatever happens here, the reader has it already.

    Args:
        user_agent: as the harvester sent it.
        address: path of the feed, without ids and query: ``/dataset/<id>.ttl``.
        status: of the answer; 599 of one that broke off.
        size: bytes of its body.
        seconds: from its beginning to its end.
    """
    given = {
        "harvester": name_harvester(user_agent),
        "others": OTHERS,
        "address": address[:_LONGEST],
        "unchanged": int(status == 304),
        "failed": int(status >= 400),
        "size": size,
        "seconds": seconds,
        "status": status,
    }
    try:
        with get_engine().begin() as connection:
            connection.execute(_NOTE, given)
    except Exception:
        log.exception("a pull of %s is not counted", address)


def list_harvesters(connection: sa.Connection, days: int) -> list[Mapping[str, Any]]:
    """List the harvesters of the last days, the latest first, each with what it pulled in all.

    Args:
        connection: to the database.
        days: how many, today among them.
    """
    return list(connection.execute(_HARVESTERS, {"days": days}).mappings())


def list_days(
    connection: sa.Connection, days: int, harvester: str = ""
) -> list[Mapping[str, Any]]:
    """List what was pulled on each day, the latest first.

    Args:
        connection: to the database.
        days: how many, today among them.
        harvester: whose; of all where it is empty.
    """
    return list(connection.execute(_DAYS, {"days": days, "harvester": harvester}).mappings())
