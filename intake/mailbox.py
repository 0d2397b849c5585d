"""The mailbox as a door: read from where the last reading ended, mail by mail, for as long as the process lives."""

import asyncio
import hashlib
import hmac
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from datetime import UTC, datetime, timedelta

import structlog

from dsar.mail_rules import Verdict
from intake.engine import EngineDown
from intake.inbox import Inbox, InboxDown
from intake.mail_door import MailDoor
from ledger.ledger import Ledger
from ledger.mails import Position

log = structlog.get_logger()

POLL_SECONDS = 30.0
LONGEST_WAIT = 600.0

Opens = Callable[[], AbstractAsyncContextManager[Inbox]]


class Mailbox:
    """One mailbox. Two processes may read the same: what one has settled, the other leaves alone."""

    def __init__(
        self,
        opens: Opens,
        name: str,
        door: MailDoor,
        ledger: Ledger,
        key: bytes,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._opens = opens
        self._id = hmac.new(key, name.encode(), hashlib.sha256).hexdigest()
        self._door = door
        self._ledger = ledger
        self._now = now
        self._hard: set[int] = set()
        """Mails over which the connection was lost: they come last, so that none is in the way of the others."""

    async def read(self, since: datetime | None = None) -> Counter[Verdict]:
        """Read what came since the last reading; how many mails of each kind.

        A mail that cannot be settled now holds up no other, and is read again the next time.

        Args:
            since: at the very first reading, take mails from this moment on; `None`: from now on.

        Raises:
            InboxDown: the mail server cannot be used.
            EngineDown: a mail waits for the engine; the others are settled.
        """
        counts: Counter[Verdict] = Counter()
        async with self._opens() as inbox:
            position = await self._position(inbox, since)
            waiting: Exception | None = None
            uids = await inbox.uids_after(position.last_uid, (position.since - timedelta(days=1)).date())
            unsettled, moved = set(uids), 0
            for uid in sorted(uids, key=lambda uid: (uid in self._hard, uid)):
                try:
                    verdict = await self._taken(inbox, uid, position)
                except InboxDown:
                    self._hard.add(uid)
                    raise
                except Exception as error:  # noqa: BLE001 - the others are read; this one is raised below
                    waiting = waiting or error
                    continue
                counts.update([verdict] if verdict else [])
                unsettled.discard(uid)
                self._hard.discard(uid)
                while moved < len(uids) and uids[moved] not in unsettled:
                    position = position.model_copy(update={"last_uid": uids[moved]})
                    moved += 1
                    await self._ledger.mails.move(self._id, position)
        if waiting:
            raise waiting
        if (whole := position.read_whole(self._now())) != position:
            await self._ledger.mails.move(self._id, whole)
        return counts

    async def run(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Read again and again until cancelled. What goes wrong is logged by its kind, and tried again later."""
        wait = POLL_SECONDS
        while True:
            try:
                await self.read()
                wait = POLL_SECONDS
            except (InboxDown, EngineDown) as error:
                log.warning("mailbox not read to its end", why=str(error) or type(error).__name__)
                wait = min(wait * 2, LONGEST_WAIT)
            except Exception as error:  # noqa: BLE001 - its text may hold a mail; its kind does not
                log.error("mailbox not read to its end: a bug, or a store that is down", kind=type(error).__name__)  # noqa: TRY400
                wait = min(wait * 2, LONGEST_WAIT)
            await pause(wait)

    async def _position(self, inbox: Inbox, since: datetime | None) -> Position:
        """Where to go on. A server that has numbered its mails anew is read anew; what is settled stays settled."""
        known = await self._ledger.mails.position(self._id)
        if known and known.uidvalidity == inbox.uidvalidity:
            return known
        now = self._now()
        if known:
            there = await inbox.uids_after(0, (known.since - timedelta(days=1)).date())
            position = known.numbered_anew(inbox.uidvalidity, max(there, default=0), now)
        else:
            start = (since or now).replace(microsecond=0)
            position = Position(uidvalidity=inbox.uidvalidity, last_uid=0, since=start)
        await self._ledger.mails.move(self._id, position)
        return position

    async def _taken(self, inbox: Inbox, uid: int, position: Position) -> Verdict | None:
        delivery = await inbox.fetch(uid)
        if delivery is None or delivery.received < position.since or position.was_settled(uid, delivery.received):
            return None
        verdict = await self._door.take(delivery)
        with suppress(InboxDown):
            await inbox.flag(uid)
        return verdict
