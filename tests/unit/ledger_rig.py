"""What tests of the ledger have in common: a clock that stands, a request, and a hand in the database."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Row

from dsar.requests import Regime, Right
from dsar.submission import Channel
from ledger.database import Database
from ledger.ledger import Ledger
from ledger.requests import NewRequest
from ledger.transaction import Transaction

KEY = b"a key of the tests, 32 bytes....."

NOON = datetime(2026, 5, 5, 12, 0, 0, 123456, tzinfo=UTC)

OpenLedger = Callable[[], Awaitable[Ledger]]


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        """Let time pass."""
        self.now += by


@asynccontextmanager
async def opened(url: str, clock: Callable[[], datetime] | None = None) -> AsyncIterator[Ledger]:
    """A ledger, closed at the end."""
    ledger = await Ledger.open(url, KEY, clock or Clock())
    try:
        yield ledger
    finally:
        await ledger.close()


async def sql(url: str, *statements: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """Do something behind the ledger's back; the rows of the last statement, if it has any."""
    database = Database(url)

    async def work(connection: Transaction) -> Sequence[Row[*tuple[Any, ...]]]:
        for statement in statements:
            result = await connection.exec_driver_sql(statement)
        return result.all() if result.returns_rows else []

    try:
        return await database.write(work)
    finally:
        await database.close()


def new_request(subject: str | None = None, right: Right = Right.DELETE, safe: date = date(2026, 6, 18)) -> NewRequest:
    """A request of somebody, or of the same somebody."""
    return NewRequest(
        id=f"request-{secrets.token_hex(8)}",
        right=right,
        regime=Regime.US_CA,
        channel=Channel.WEBHOOK,
        received_at=NOON,
        acknowledge_by=date(2026, 5, 19),
        due=date(2026, 6, 19),
        safe=safe,
        subject=subject or secrets.token_hex(32),
        policy="0" * 32,
    )
