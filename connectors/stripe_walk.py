"""Everybody's customers and payments, newest first."""

from connectors.http import shaped
from connectors.stripe_account import CUSTOMERS, Account
from connectors.stripe_answers import Customer, Page, Payment
from connectors.stripe_records import CUSTOMER_KIND, PAYMENTS, customer_sighting, payment_sighting
from dsar.frozen import Frozen
from dsar.records import Sighting, Walked

PLACES = {CUSTOMER_KIND: CUSTOMERS, **PAYMENTS}


class Spot(Frozen):
    """The cursor: behind which object of which list."""

    kind: int = 0
    after: str = ""
    created: int = 0
    """When that object was created; should it be gone, its list goes on from there."""


class Walk:
    """A page of one list at a time; nothing is kept in between."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._config = account.config

    async def page(self, cursor: str | None) -> Walked:
        """A page. What was created in the second of an object that is gone may be met again."""
        spot = Spot.model_validate_json(cursor) if cursor else Spot()
        kind, path = list(PLACES.items())[spot.kind]
        page = await self._from(spot, kind, path)
        if page.has_more and page.data:
            last = page.data[-1]
            following = Spot(kind=spot.kind, after=str(last["id"]), created=int(last["created"]))
        else:
            following = Spot(kind=spot.kind + 1)
        return Walked(
            sightings=tuple(self._seen(kind, path, each) for each in page.data),
            cursor=following.model_dump_json() if following.kind < len(PLACES) else None,
        )

    async def _from(self, spot: Spot, kind: str, path: str) -> Page:
        whose = {} if kind == CUSTOMER_KIND else {"expand[]": "data.customer"}
        page = await self._account.page_unless_lost(path, spot.after, **whose)
        if page is not None:
            return page
        page = await self._account.page_unless_lost(path, "", **whose, **{"created[lte]": str(spot.created)})
        return page or Page(data=[], has_more=False)

    def _seen(self, kind: str, path: str, thing: dict[str, object]) -> Sighting:
        if kind == CUSTOMER_KIND:
            return customer_sighting(shaped(Customer, thing, path), self._config)
        return payment_sighting(shaped(Payment, thing, path), kind, self._config)
