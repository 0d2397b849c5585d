"""An address was corrected: the old one hears of it, and a copy that is asked for shortly after is held."""

from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import date, datetime, timedelta

from temporalio import activity

from activities.corrections import SaidPage
from activities.letter_head import head_of
from activities.letter_orders import Recipient
from activities.outbox import ADDRESS, Outbox
from activities.pages import Pages
from activities.policies import Policies
from dsar import letters
from dsar.correction import Field
from dsar.fingerprints import fingerprints
from dsar.frozen import Frozen
from dsar.identity import STRENGTH, Identifier, Identity, Key, Strength, normalise
from ledger.facts import Fact
from ledger.ledger import Ledger
from vault.keys import KeyUnavailable
from vault.vault import Vault

FORMER = "address/former"
"""The vault's name, under the correction, for the addresses that the person had before."""


class Moved(Recipient):
    """Order: the person's address was corrected."""

    identity: Identity
    new: str
    systems: tuple[str, ...]
    at: datetime
    keep: timedelta
    """How long it has to be known."""


class LookBack(Frozen):
    """Order: was this person's address changed so shortly before?"""

    identity: Identity
    since: datetime


class Recent(Frozen):
    """It was; `None`: it was not."""

    by: str | None = None
    """The correction."""
    at: datetime | None = None


class WarnFormer(Recipient):
    """Order: tell the addresses that the person had that somebody asks for a copy."""

    changed_by: str
    until: date


class _Former(Frozen):
    addresses: tuple[str, ...]


class CoolingOff:
    """What is known of changed addresses: who and when in the ledger, by keyed hash; from where, in the vault."""

    def __init__(self, vault: Vault, ledger: Ledger, policies: Policies, outbox: Outbox, subject_key: bytes) -> None:
        self._vault = vault
        self._ledger = ledger
        self._policies = policies
        self._outbox = outbox
        self._key = subject_key

    @activity.defn
    async def address_moved(self, order: Moved) -> None:
        """Keep in mind that it was changed, and tell the addresses from before: for the last time."""
        former = await self._former(order)
        await self._vault.put_model(order.request_id, FORMER, _Former(addresses=former))
        addresses = (Identifier(kind=Key.EMAIL, value=value) for value in (*former, order.new))
        known = (*_unique(order.identity), *addresses)
        await self._ledger.contact_changes.add(
            order.request_id, fingerprints(self._key, known), order.at, forget_before=order.at - 2 * order.keep
        )
        for number, address in enumerate(former, 1):
            letter = letters.AddressMoved(head=await self._head(order))
            await self._outbox.to_address(order, address, letter, str(number))
        facts: dict[str, Fact] = {"former_addresses": len(former)}
        await self._ledger.journal.append(order.request_id, "moved", "the address from before was told", facts)

    @activity.defn
    async def look_back(self, order: LookBack) -> Recent:
        """The last correction of this person's address, if it was that recent."""
        known = fingerprints(self._key, _unique(order.identity))
        change = await self._ledger.contact_changes.latest(known, order.since)
        return Recent(by=change.request_id, at=change.changed_at) if change else Recent()

    @activity.defn
    async def warn_former(self, order: WarnFormer) -> None:
        """Write to the addresses that the person had. Those of a correction that is forgotten are not known here."""
        former: tuple[str, ...] = ()
        with suppress(KeyUnavailable):
            former = (await self._vault.get_model(order.changed_by, FORMER, _Former)).addresses
        letter = letters.CoolingOff(head=await self._head(order), until=order.until)
        for number, address in enumerate(former, 1):
            await self._outbox.to_address(order, address, letter, str(number))
        facts: dict[str, Fact] = {"changed_by": order.changed_by, "until": order.until.isoformat(), "told": len(former)}
        await self._ledger.journal.append(order.request_id, "cooling off", "held: the address was changed", facts)

    async def _former(self, order: Moved) -> tuple[str, ...]:
        """What the records said before, and where this correction's own letters went: all that is not the new one."""
        found = [address async for address in self._said_before(order)]
        if await self._vault.exists(order.request_id, ADDRESS):
            found.append((await self._vault.get(order.request_id, ADDRESS)).decode())
        found += order.identity.values(Key.EMAIL)
        by_value = {normalise(Key.EMAIL, address): address for address in reversed(found)}
        by_value.pop(normalise(Key.EMAIL, order.new), None)
        return tuple(by_value[value] for value in sorted(by_value))

    async def _said_before(self, order: Moved) -> AsyncIterator[str]:
        for system in order.systems:
            async for page in Pages(self._vault, order.request_id, f"before/{system}", SaidPage).all():
                for said in page.said:
                    if address := said.values.get(Field.EMAIL):
                        yield address

    async def _head(self, order: Recipient) -> letters.Head:
        return await head_of(order, self._policies)


def _unique(identity: Identity) -> Iterable[Identifier]:
    """What only one person has: by this they are known again, whichever of it the next request names."""
    return (each for each in identity.identifiers if STRENGTH[each.kind] is Strength.UNIQUE)
