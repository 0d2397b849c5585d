"""How the requests of a time went, from their rows and from what the journal says of their dates."""

import json
from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import ColumnElement, RowMapping, Select, and_, or_, select

from dsar.case import Ending
from dsar.requests import Regime, Right
from dsar.submission import Channel
from dsar.year_report import Course
from ledger.database import Database
from ledger.facts import Fact
from ledger.tables import journal, requests

EXTENDED = "extended"
WAITED = "waiting:"
HELD = "held:"

_COUNTED = ("retained", "refused")
"""Outcomes of which a request's own entries say how many there were."""


class Courses:
    """What the ledger knows of how requests went. Nothing here says whose they were."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def received(self, since: datetime, before: datetime) -> list[Course]:
        """The requests that came in from one moment until another, the oldest first; dry runs among them."""
        within = and_(requests.c.received_at >= since, requests.c.received_at < before)
        entries: dict[str, list[RowMapping]] = {}
        for entry in await self._database.rows(_telling(within)):
            entries.setdefault(entry["request_id"], []).append(entry)
        rows = await self._database.rows(select(requests).where(within).order_by(requests.c.received_at, requests.c.id))
        return [_course(row, entries.get(row["id"], ())) for row in rows]


def _telling(within: ColumnElement[bool]) -> Select[str, str, str]:
    """The entries that say how a request's dates moved, and what it fell short of."""
    return (
        select(journal.c.request_id, journal.c.step, journal.c.facts)
        .join(requests, requests.c.id == journal.c.request_id)
        .where(
            within,
            or_(
                journal.c.step == EXTENDED,
                journal.c.step.startswith(WAITED, autoescape=True),
                journal.c.step.startswith(HELD, autoescape=True),
                *(journal.c.facts.contains(f'"{name}":', autoescape=True) for name in _COUNTED),
            ),
        )
        .order_by(journal.c.seq)
    )


def _course(row: RowMapping, entries: Iterable[RowMapping]) -> Course:
    due, safe = row["due"], row["safe"]
    told = dict.fromkeys(("extended", "paused", "retained", "refused"), False)
    for entry in entries:
        facts: dict[str, Fact] = json.loads(entry["facts"])
        step = entry["step"]
        if step == EXTENDED or step.startswith(WAITED):
            moved, safe = date.fromisoformat(str(facts["due"])), date.fromisoformat(str(facts["safe"]))
            told["extended"] |= step == EXTENDED
            told["paused"] |= step != EXTENDED and moved != due
            due = moved
        told["retained"] |= step.startswith(HELD) or bool(facts.get("retained"))
        told["refused"] |= bool(facts.get("refused"))
    return Course(
        right=Right(row["right"]),
        regime=Regime(row["regime"]),
        channel=Channel(row["channel"]),
        received_at=row["received_at"],
        closed_at=row["closed_at"],
        ending=Ending(row["outcome"]) if row["outcome"] else None,
        due=due,
        safe=safe,
        **told,
    )
