"""The calls to a Stripe account: reading, and writing so that a repeat has no second effect."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.connector import NeedsPerson, TryLater
from connectors.http import Answer, Http
from connectors.stripe_answers import Customer, Page, Refusal
from connectors.stripe_config import StripeConfig

CUSTOMERS = "/v1/customers"
CUSTOMER = "/v1/customers/{}"

GONE = 404
NO_SUCH = "resource_missing"
EVERY_STATUS = frozenset(range(200, 600))

MOST_KEYS = 20
"""The attempts that a request has within the day for which Stripe remembers a key."""
NOT_AGAIN_SOON = timedelta(minutes=15)
"""The wait after Stripe said that repeating will not help."""

SECRETS = frozenset({"client_secret"})
"""What an object holds that is no data of the person, and opens something."""

Form = Mapping[str, str]


class Account:
    """One Stripe account."""

    def __init__(self, config: StripeConfig) -> None:
        self.config = config
        self.http = StripeHttp(config)

    async def customer(self, customer: str) -> Customer | None:
        """A customer; `None` when it was deleted, or never was."""
        held = await self.read(CUSTOMER, customer)
        return None if held is None else Customer.model_validate(held)

    async def read(self, path: str, thing: str) -> dict[str, Any] | None:
        """A thing as Stripe words it; `None` when it was deleted, or never was."""
        answer = await self.http.request("GET", path, thing, ok=frozenset({200, GONE}))
        if answer.status == GONE:
            _said_missing(answer)
            return None
        body = _object(answer)
        return None if body.get("deleted") is True else body

    async def page(self, path: str, *where: str, after: str = "", version: str = "", **params: str) -> Page:
        """A page of a list behind this id, newest first; empty where what it belongs to is gone."""
        answer = await self.http.request(
            "GET", path, *where, ok=frozenset({200, GONE}), headers=_under(version), params=self._paged(after, params)
        )
        if answer.status == GONE:
            _said_missing(answer)
            return Page(data=[], has_more=False)
        return answer.read(Page)

    async def page_unless_lost(self, path: str, after: str, **params: str) -> Page | None:
        """A page of a list behind this id; `None` when that id is gone, so that nothing can be behind it."""
        answer = await self.http.request("GET", path, ok=frozenset({200, 400, GONE}), params=self._paged(after, params))
        if answer.status == 200:
            return answer.read(Page)
        said = answer.read(Refusal).error
        if said.code != NO_SUCH or said.param != "starting_after":
            raise self.http.refusal(answer)
        return None

    async def everything(self, path: str, *where: str, version: str = "", **params: str) -> list[dict[str, Any]]:
        """Every item of a list, as Stripe words it."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            page = await self.page(path, *where, after=after, version=version, **params)
            found += page.data
            if not (page.has_more and page.data):
                return found
            after = str(page.data[-1]["id"])

    async def search(self, query: str, page: str) -> Page:
        """A page of customers that Stripe's index knows. It lags: a minute behind, an hour on a bad day."""
        params = {"query": query, "limit": str(self.config.page_size), **({"page": page} if page else {})}
        return (await self.http.request("GET", f"{CUSTOMERS}/search", params=params)).read(Page)

    async def write(
        self, path: str, *where: str, form: Form, known: object = None, version: str = "", ok: frozenset[int]
    ) -> Answer:
        """Send a form under a key of its own, so that a repeat of it is the same request to Stripe.

        Stripe remembers for a day what it answered to a key, also a failure, and answers that again without doing
        anything. Such an echo is told from an answer by its header. It is passed over, and the next key is used, if it
        is of a failure, or if the caller has seen (`known`: what it saw) that what was asked for is not so now.
        """
        for number in range(MOST_KEYS):
            headers = {"Idempotency-Key": _key(path, where, form, known, number)}
            answer = await self.http.request(
                "POST",
                path,
                *where,
                ok=EVERY_STATUS,
                headers=headers | _under(version),
                data=form,
            )
            is_echo = answer.headers.get("Idempotent-Replayed") == "true"
            if is_echo and (answer.status >= 500 or known is not None):
                continue
            if answer.status in ok:
                return answer
            raise self.http.refusal(answer)
        raise TryLater(f"{self.config.title}: {path} was tried {MOST_KEYS} times today", timedelta(hours=1))

    def _paged(self, after: str, params: Mapping[str, str]) -> dict[str, str]:
        return {**params, "limit": str(self.config.page_size), **({"starting_after": after} if after else {})}


class StripeHttp(Http):
    """Requests that carry the key and the pinned version, and heed what Stripe says about repeating them."""

    def __init__(self, config: StripeConfig) -> None:
        bearer = f"Bearer {config.secret.get_secret_value()}"
        super().__init__(config, {"Authorization": bearer, "Stripe-Version": config.api_version}, busy=_worth_repeating)

    def refusal(self, answer: Answer) -> Exception:
        """What an answer that was not hoped for means."""
        return self._meaning(answer)

    def _meaning(self, answer: Answer) -> Exception:
        meaning = super()._meaning(answer)
        if isinstance(meaning, TryLater) and answer.headers.get("stripe-should-retry") == "false":
            return TryLater(meaning.why, NOT_AGAIN_SOON)
        return meaning


def without_secrets(thing: dict[str, Any]) -> dict[str, Any]:
    """The thing, as it may be handed to the person."""
    return {name: value for name, value in thing.items() if name not in SECRETS}


def _under(version: str) -> dict[str, str]:
    """The header that asks for another version than the pinned one."""
    return {"Stripe-Version": version} if version else {}


def _worth_repeating(answer: Answer) -> bool:
    return answer.headers.get("stripe-should-retry") == "true"


def _said_missing(answer: Answer) -> None:
    """Gone is believed only from Stripe itself: a gateway's 404 says nothing."""
    if answer.read(Refusal).error.code != NO_SUCH:
        raise NeedsPerson(
            f"{answer.path} is not there", "The base_url in systems.toml leads elsewhere than to Stripe's interface."
        )


def _object(answer: Answer) -> dict[str, Any]:
    body = answer.json()
    if not isinstance(body, dict) or "id" not in body:
        raise TryLater(f"{answer.path} answered without a proper id")
    return body


def _key(path: str, where: Sequence[str], form: Form, known: object, number: int) -> str:
    """The same for the same request from the same state of things, and nothing that can be read."""
    said = json.dumps([path, list(where), sorted(form.items()), known, number], sort_keys=True, default=str)
    return f"habeas-{hashlib.sha256(said.encode()).hexdigest()[:48]}"
