"""Mailchimp, the email platform: its audiences, and what a connected shop told it of its customers.

The same person may be in several audiences, each time as another contact: one record each. One search finds them
all, archived and cleaned contacts included; the audiences are walked only when the search found more than it shows.

What no call can do: campaigns that were sent keep their text, and reports keep counts without names. A shop's carts are
not searched: no call finds those of one customer. Orders of a customer whom the shop deleted before are not found.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from connectors.connector import Ability, Connector
from connectors.http import together
from connectors.mailchimp_account import CUSTOMERS, GONE, MEMBER, ORDERS, Account
from connectors.mailchimp_answers import Member, Store
from connectors.mailchimp_batches import Batches, Call
from connectors.mailchimp_config import MailchimpConfig
from connectors.mailchimp_correction import Correction
from connectors.mailchimp_records import contact_of, numbers_of, record_of, sighting_of, subscriber_of
from connectors.mailchimp_walk import Walk
from dsar.correction import Field, Values
from dsar.identity import Identity, Key, normalise
from dsar.records import Exported, Located, Outcome, OutcomeKind, Record, Walked

MAILED = frozenset({"subscribed", "transactional"})
"""Whoever is in another status gets no mail already, and Mailchimp could not put that status back as it was:
`archived` and `cleaned` cannot be set, and setting `pending` mails the person."""

FORGET = f"{MEMBER}/actions/delete-permanent"

DELETED = frozenset({204, GONE})
"""An answer with anything in it is some gateway's page, and nothing was deleted."""

LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, less the brackets: no audience holds a longer one."""


class Mailchimp(Connector):
    """The audiences of one Mailchimp account."""

    Config = MailchimpConfig
    can: ClassVar[frozenset[Ability]] = frozenset(
        {Ability.LOCATE, Ability.EXPORT, Ability.ERASE, Ability.SUPPRESS, Ability.RECTIFY, Ability.WALK}
    )

    def __init__(self, config: MailchimpConfig) -> None:
        super().__init__(config)
        self._tags = {Key.CUSTOMER_ID: config.customer_id_merge_field, Key.CLIENT_ID: config.client_id_merge_field}
        self._account = Account(config)
        self._http = self._account.http
        self._batches = Batches(config, self._http)
        self._correction = Correction(self._account, config.merge_tags, self.manually)
        self._walk = Walk(self._account)

    async def locate(self, identity: Identity, cursor: str | None = None) -> Located:
        """The person's contacts, one address a page. Teaches what their merge fields hold.

        The cursor is the address's place in the identity, and the audience to go on from: `0`, `0:200`.
        """
        addresses = _addresses(identity)
        at, audience = _position(cursor)
        if at >= len(addresses):
            return Located()
        following = str(at + 1) if at + 1 < len(addresses) else None
        if audience is None:
            members, complete = await self._account.search(addresses[at])
            return self._located(members, following) if complete else Located(cursor=f"{at}:0")
        audiences = await self._account.audiences(audience)
        members = await self._account.members(addresses[at], audiences.lists)
        reached = audience + len(audiences.lists)
        more = bool(audiences.lists) and reached < audiences.total_items
        return self._located(members, f"{at}:{reached}" if more else following)

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """Each contact with its activity, events, goals, notes and tags; the shop's customers with their orders."""
        stores = await self._stores(records)
        exported = await together(self._exported(record, stores) for record in records)
        return [each for each in exported if each is not None]

    async def suppress(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Unsubscribe. A contact that gets no mail as it is stays as it is."""
        return await together(self._set(record, "unsubscribed", OutcomeKind.SUPPRESSED) for record in records)

    async def restore(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Put back the status that each contact was located with.

        Who unsubscribed meanwhile by their own act comes back only by their own act: `REFUSED`.
        """
        return await together(
            self._set(record, str(record.state["status"]), OutcomeKind.RESTORED) for record in records
        )

    async def erase(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Delete for good: the shop's orders, then its customers, then the contact: each leads to the one before.

        What the shop itself keeps of an order, for the tax office, is not Mailchimp's copy, and is not touched.
        Nobody can import the address again afterwards; only the person can sign up.
        """
        stores = await self._stores(records)
        gone = await self._all_at_once(records, stores) if self._batches.pays(records) else set[str]()
        return await together(
            _outcome(record, OutcomeKind.ERASED) if record.id in gone else self._erased(record, stores)
            for record in records
        )

    async def check(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Whether the contact and the shop's customers are gone."""
        stores = await self._stores(records)
        gone = await self._missing(records, stores) if self._batches.pays(records) else set[str]()
        return await together(
            _outcome(record, OutcomeKind.ERASED) if record.id in gone else self._checked(record, stores)
            for record in records
        )

    async def values(self, records: Sequence[Record], fields: Sequence[Field]) -> Sequence[Values | None]:
        """What each contact's address and merge fields say; a name without a tag is its two parts."""
        said = await together(self._correction.said(record) for record in records)
        return [None if each is None else {f: v for f, v in each.items() if f in fields} for each in said]

    async def rectify(self, records: Sequence[Record], values: Sequence[Values]) -> Sequence[Outcome]:
        """Change the contact's address and merge fields. What Mailchimp does not take is a person's task.

        It takes no new address of a contact that is not subscribed, none of another contact or of one deleted for good,
        no address without all its parts. The shop's customers are corrected in the shop: it would overwrite them here.
        """
        return await together(
            self._correction.make(record, wished) for record, wished in zip(records, values, strict=True)
        )

    async def walk(self, cursor: str | None = None) -> Walked:
        """A page of an audience's contacts: one request, and at the start those for the audiences.

        Customers of a shop who are no contacts are not met.
        """
        members, following = await self._walk.page(cursor)
        met = tuple(sighting_of(member, self._tags, self.config.name) for member in members)
        return Walked(sightings=met, cursor=following)

    async def close(self) -> None:
        """Release the connections."""
        await self._batches.close()
        await self._http.close()

    def _located(self, members: Sequence[Member], cursor: str | None) -> Located:
        learned = [number for member in members for number in numbers_of(member, self._tags, self.config.name)]
        return Located(records=tuple(map(record_of, members)), learned=tuple(dict.fromkeys(learned)), cursor=cursor)

    async def _stores(self, records: Sequence[Record]) -> list[Store]:
        return await self._account.stores({str(record.state["list_id"]) for record in records})

    async def _customers(
        self, record: Record, stores: Sequence[Store], address: str = ""
    ) -> list[tuple[str, dict[str, Any]]]:
        """The shop's customers that have this address, or the record's, each with its store's id."""
        mine = [store for store in stores if store.list_id == record.state["list_id"]]
        wanted = address or str(record.state["email_address"])
        pages = await together(self._account.customers(store, wanted) for store in mine)
        return [(store.id, each) for store, page in zip(mine, pages, strict=True) for each in page]

    async def _exported(self, record: Record, stores: Sequence[Store]) -> Exported | None:
        held = await self._account.holdings(*contact_of(record))
        if held is None:
            return None
        customers = await self._customers(record, stores)
        orders = await together(self._account.orders(store, str(each["id"])) for store, each in customers)
        held["customers"] = [each | {"orders": its} for (_, each), its in zip(customers, orders, strict=True)]
        return Exported(record_id=record.id, category=record.category, label=record.label, data=held)

    async def _set(self, record: Record, status: str, done: OutcomeKind) -> Outcome:
        if record.state["status"] not in MAILED:
            return Outcome(record_id=record.id, kind=done if await self._held(record) else OutcomeKind.NOT_FOUND)
        answer = await self._http.request(
            "PATCH",
            MEMBER,
            *contact_of(record),
            ok=frozenset({200, 400, GONE}) if done is OutcomeKind.RESTORED else frozenset({200, GONE}),
            params={"skip_merge_validation": "true"},
            json={"status": status},
        )
        if answer.status == GONE:
            return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND)
        if answer.status == 400 or answer.read(Member).status != status:
            why = "Mailchimp kept the status: who unsubscribed by their own act comes back only by their own act"
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason=why)
        return Outcome(record_id=record.id, kind=done)

    async def _all_at_once(self, records: Sequence[Record], stores: Sequence[Store]) -> set[str]:
        """Delete these contacts for good in one order; the records of those that Mailchimp says it deleted."""
        await together(self._shopped(record, str(record.state["email_address"]), stores) for record in records)
        return await self._answering(204, "POST", records, FORGET, subscriber_of)

    async def _missing(self, records: Sequence[Record], stores: Sequence[Store]) -> set[str]:
        """The records whose contacts Mailchimp says it does not have, where no shop could know them."""
        shops = {store.list_id for store in stores}
        alone = [record for record in records if record.state["list_id"] not in shops]
        return await self._answering(GONE, "GET", alone, MEMBER, contact_of) if alone else set()

    async def _answering(
        self,
        status: int,
        method: str,
        records: Sequence[Record],
        path: str,
        where: Callable[[Record], tuple[str, str]],
    ) -> set[str]:
        """The records whose call, in one order, came to this status."""
        calls = [
            Call(method=method, path=path.format(*where(record)), operation_id=str(number))
            for number, record in enumerate(records)
        ]
        told = await self._batches.run(calls)
        return {record.id for number, record in enumerate(records) if told.get(str(number)) == status}

    async def _erased(self, record: Record, stores: Sequence[Store]) -> Outcome:
        gone = await self._deleted(record, subscriber_of(record), record.state["email_address"], stores)
        if gone and (moved := await self._account.contact(*contact_of(record))):
            gone = await self._deleted(record, (moved.list_id, moved.id), moved.email_address, stores)
        return Outcome(record_id=record.id, kind=OutcomeKind.NOT_FOUND if gone else OutcomeKind.ERASED)

    async def _deleted(
        self, record: Record, subscriber: tuple[str, str], address: str, stores: Sequence[Store]
    ) -> bool:
        """Delete what is there under this address; whether the contact was not."""
        await self._shopped(record, address, stores)
        answer = await self._http.request("POST", FORGET, *subscriber, ok=DELETED)
        return answer.status == GONE

    async def _shopped(self, record: Record, address: str, stores: Sequence[Store]) -> None:
        """Delete what the shops know under this address."""
        for store, customer in await self._customers(record, stores, address):
            for order in await self._account.orders(store, str(customer["id"])):
                await self._http.request("DELETE", f"{ORDERS}/{{}}", store, str(order["id"]), ok=DELETED)
            await self._http.request("DELETE", f"{CUSTOMERS}/{{}}", store, str(customer["id"]), ok=DELETED)

    async def _checked(self, record: Record, stores: Sequence[Store]) -> Outcome:
        if await self._held(record):
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the audience still has the contact")
        if await self._customers(record, stores):
            return Outcome(record_id=record.id, kind=OutcomeKind.REFUSED, reason="the shop still has the customer")
        return Outcome(record_id=record.id, kind=OutcomeKind.ERASED)

    async def _held(self, record: Record) -> bool:
        return await self._account.contact(*contact_of(record)) is not None


async def _outcome(record: Record, kind: OutcomeKind) -> Outcome:
    return Outcome(record_id=record.id, kind=kind)


def _addresses(identity: Identity) -> list[str]:
    """The person's addresses, each once. What cannot be an address is not asked for."""
    addresses = dict.fromkeys(normalise(Key.EMAIL, value) for value in identity.values(Key.EMAIL))
    return [each for each in addresses if "@" in each[1:-1] and len(each) <= LONGEST_ADDRESS]


def _position(cursor: str | None) -> tuple[int, int | None]:
    at, _, audience = (cursor or "0").partition(":")
    return int(at), int(audience) if audience else None
