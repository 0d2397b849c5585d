"""Looking for a person: their customers first, by all that could lead to them, then what each of them paid.

Stripe's list of customers takes an address letter by letter, capitals included. So it is asked for an address as it was
given and in small letters; Stripe's search, which does not heed capitals, finds the others, and customer numbers.
The search lags behind: whatever it finds is read again before it is believed.

Who paid without becoming a customer is found by the address at the till (checkout sessions) as it was given or in small
letters, with what was paid there.
Payments that were made in another way, without a customer, are not found by an address: Stripe has no call for that.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from connectors.http import shaped, together
from connectors.stripe_account import CUSTOMERS, Account
from connectors.stripe_answers import Customer, Page, Payment
from connectors.stripe_records import PAYMENTS, customer_record, known_by, matched, payment_record
from dsar.frozen import Frozen
from dsar.identity import Identity, Key, normalise
from dsar.records import Located, Record

LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, less the brackets."""
LONGEST_NUMBER = 500
"""Stripe: no value of metadata is longer."""

GUEST = "customer_details[email]"


class Question(NamedTuple):
    """One thing that is asked for, page by page."""

    by: Literal["list", "search", "guest"]
    value: str


class Whose(Frozen):
    """A customer that was found to be the person's."""

    id: str
    keys: frozenset[Key]


class Place(Frozen):
    """The cursor: where in the search."""

    question: int = 0
    """Which question is asked, until all are answered."""
    customers: tuple[Whose, ...] = ()
    guests: frozenset[str] = frozenset()
    """The checkout sessions of nobody's account that were found."""
    payment: int = 0
    """Then: which kind of payment of which customer is listed, counted through."""
    after: str = ""
    """Where the page starts, in Stripe's words."""


class Search:
    """One page at a time; nothing is kept in between."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._config = account.config

    async def page(self, identity: Identity, cursor: str | None) -> Located:
        """A page of customers, or of payments."""
        place = Place.model_validate_json(cursor) if cursor else Place()
        questions = self._questions(identity)
        if place.question < len(questions):
            return await self._answered(identity, questions, place)
        if place.payment < len(place.customers) * len(PAYMENTS):
            return await self._paid(place)
        return Located()

    def _questions(self, identity: Identity) -> list[Question]:
        given = [value.strip() for value in identity.values(Key.EMAIL) if _is_address(value.strip())]
        small = list(dict.fromkeys(normalise(Key.EMAIL, value) for value in given))
        asked = [Question("list", value) for value in dict.fromkeys([*given, *small])]
        if self._config.search:
            asked += [Question("search", f"email:'{_quoted(value)}'") for value in small]
            numbers = identity.values(Key.CUSTOMER_ID) if self._config.customer_id_metadata else ()
            field = f"metadata['{_quoted(self._config.customer_id_metadata)}']"
            asked += [Question("search", f"{field}:'{_quoted(value)}'") for value in numbers if _is_number(value)]
        return asked + [Question("guest", value) for value in dict.fromkeys([*given, *small])]

    async def _answered(self, identity: Identity, questions: Sequence[Question], place: Place) -> Located:
        question = questions[place.question]
        if question.by == "guest":
            return await self._guests(identity, questions, place)
        if question.by == "list":
            page = await self._account.page(CUSTOMERS, after=place.after, email=question.value)
        else:
            page = await self._account.search(question.value, place.after)
        known = {whose.id for whose in place.customers}
        customers = [shaped(Customer, each, CUSTOMERS) for each in page.data]
        fresh = [each for each in customers if each.id not in known]
        if question.by == "search":
            fresh = [each for each in await together(self._account.customer(c.id) for c in fresh) if each]
        hers = [(each, keys) for each in fresh if (keys := matched(each, identity, self._config))]
        found = (*place.customers, *(Whose(id=each.id, keys=keys) for each, keys in hers))
        learned = [i for each, _ in hers for i in known_by(each, self._config) if i.kind is Key.CUSTOMER_ID]
        return Located(
            records=tuple(customer_record(each, keys, self._config) for each, keys in hers),
            learned=tuple(dict.fromkeys(learned)),
            cursor=self._next(place.model_copy(update={"customers": found}), page, len(questions)),
        )

    async def _guests(self, identity: Identity, questions: Sequence[Question], place: Place) -> Located:
        """Checkout sessions of nobody's account, and what was paid in them."""
        path = PAYMENTS["checkout_session"]
        page = await self._account.page(path, after=place.after, **{GUEST: questions[place.question].value})
        sessions = [shaped(Payment, each, path) for each in page.data]
        hers = [
            each
            for each in sessions
            if each.customer is None
            and each.id not in place.guests
            and any(identity.knows(Key.EMAIL, address) for address in each.addresses)
        ]
        known = place.model_copy(update={"guests": place.guests | {each.id for each in hers}})
        paid = await together(self._paid_in(each) for each in hers)
        return Located(
            records=tuple(record for each in paid for record in each), cursor=self._next(known, page, len(questions))
        )

    async def _paid_in(self, session: Payment) -> list[Record]:
        """A session, its payment intent and that one's charges."""
        found = [("checkout_session", session)]
        if session.payment_intent:
            path = PAYMENTS["payment_intent"]
            intent = await self._account.read(f"{path}/{{}}", session.payment_intent)
            found += [("payment_intent", shaped(Payment, intent, path))] if intent else []
            path = PAYMENTS["charge"]
            charges = await self._account.everything(path, payment_intent=session.payment_intent)
            found += [("charge", shaped(Payment, each, path)) for each in charges]
        return [payment_record(each, kind, frozenset({Key.EMAIL}), self._config) for kind, each in found]

    async def _paid(self, place: Place) -> Located:
        """A page of one kind of payment of one customer."""
        whose = place.customers[place.payment // len(PAYMENTS)]
        kind, path = list(PAYMENTS.items())[place.payment % len(PAYMENTS)]
        page = await self._account.page(path, after=place.after, customer=whose.id)
        payments = [shaped(Payment, each, path) for each in page.data]
        following = Place(question=place.question, customers=place.customers, payment=place.payment)
        if page.has_more and payments:
            following = following.model_copy(update={"after": payments[-1].id})
        else:
            following = following.model_copy(update={"payment": place.payment + 1})
        ends = following.payment >= len(place.customers) * len(PAYMENTS)
        return Located(
            records=tuple(payment_record(each, kind, whose.keys, self._config) for each in payments),
            cursor=None if ends else following.model_dump_json(),
        )

    def _next(self, place: Place, page: Page, questions: int) -> str | None:
        """At the question's next page, or at the next question, or at the first payment."""
        after = page.next_page or (str(page.data[-1]["id"]) if page.data else "")
        if page.has_more and after:
            return place.model_copy(update={"after": after}).model_dump_json()
        following = place.model_copy(update={"question": place.question + 1, "after": ""})
        ends = following.question >= questions and not following.customers
        return None if ends else following.model_dump_json()


def _is_address(value: str) -> bool:
    """What cannot be an address is not asked for."""
    return "@" in value[1:-1] and len(value) <= LONGEST_ADDRESS and value.isprintable()


def _is_number(value: str) -> bool:
    return bool(value.strip()) and len(value) <= LONGEST_NUMBER and value.isprintable()


def _quoted(value: str) -> str:
    """As it stands between the quotes of a query: https://docs.stripe.com/search#search-query-language."""
    return value.strip().replace("\\", "\\\\").replace("'", "\\'")
