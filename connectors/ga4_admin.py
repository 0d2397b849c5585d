"""What is asked of Google Analytics itself: which identifiers a property takes, and to delete a user.

Source: analyticsadmin v1alpha. Quotas: developers.google.com/analytics/devguides/config/admin/v1/quotas (500 deletions
a day for a property) and .../userdeletion/v3/limits-quotas (1.5 requests a second for a property).
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from aiolimiter import AsyncLimiter
from pydantic import AwareDatetime

from connectors.connector import NeedsPerson
from connectors.google_account import Incoming, ServiceAccountToken
from connectors.http import Answer, Http
from dsar.identity import Key

FIELDS = {Key.CLIENT_ID: "clientId", Key.USER_ID: "userId", Key.EMAIL: "userProvidedData"}
"""`submitUserDeletion` takes exactly one of these, and covers only what is held under it."""
APP_INSTANCE = "appInstanceId"
"""What an app has in place of a client id. In the export both are `user_pseudo_id`."""
GMAIL = frozenset({"gmail.com", "googlemail.com"})

REPEATED_WITHIN = timedelta(days=2)
"""Work that waits for the next day's quota is repeated within this."""

WEB = "WEB_DATA_STREAM"
STREAMS_PAGE = "200"
"""The most that Google gives."""

SUBMIT = "/v1alpha/properties/{}:submitUserDeletion"
SETTINGS = "/v1alpha/properties/{}/userProvidedDataSettings"
STREAMS = "/v1alpha/properties/{}/dataStreams"


class _Settings(Incoming):
    userProvidedDataCollectionEnabled: bool = False  # noqa: N815 - Google's spelling, left out when false


class _Submitted(Incoming):
    deletionRequestTime: AwareDatetime  # noqa: N815


class _Stream(Incoming):
    type: str = ""


class _Streams(Incoming):
    dataStreams: tuple[_Stream, ...] = ()  # noqa: N815 - left out where there is none
    nextPageToken: str = ""  # noqa: N815


class Admin:
    """The Admin API. `per_second`: how fast deletions are submitted to one property; `None`: unpaced.

    What was handed over on the way to a refusal is not handed over again when the work is repeated: a sweep of more
    visitors than a day's quota would begin anew each day, and never end.
    """

    def __init__(
        self, http: Http, token: ServiceAccountToken, per_second: float | None, clock: Callable[[], datetime]
    ) -> None:
        self._http = http
        self._token = token
        self._clock = clock
        self._handed: dict[tuple[str, str, str], datetime] = {}
        self._per_second = per_second
        self._paces: dict[str, AsyncLimiter] = {}

    async def collects_addresses(self, property_id: str) -> bool:
        """Whether the property is given addresses as user-provided data; otherwise it holds nothing under one."""
        answer = await self._call("GET", SETTINGS, property_id)
        return answer.read(_Settings).userProvidedDataCollectionEnabled

    async def submit(self, property_id: str, key: Key, value: str) -> None:
        """Hand over one identifier. What looks like an app's instance goes as what the property's streams make it."""
        for field in await self._fields(property_id, key, value):
            handed = self._handed.get((property_id, field, value))
            if handed and self._clock() - handed < REPEATED_WITHIN:
                continue
            if self._per_second:
                await self._paces.setdefault(property_id, AsyncLimiter(1, 1 / self._per_second)).acquire()
            answer = await self._call("POST", SUBMIT, property_id, json={field: value})
            answer.read(_Submitted)
            self._handed[property_id, field, value] = self._clock()

    def seen_through(self, property_id: str, value: str) -> None:
        """The work that this identifier was part of is done: asked to delete it again, hand it over again."""
        for handed in [each for each in self._handed if (each[0], each[2]) == (property_id, value)]:
            del self._handed[handed]

    async def _fields(self, property_id: str, key: Key, value: str) -> list[str]:
        """A site may give browsers ids of its own making: where there are both, it is handed over as both."""
        if field_of(key, value) != APP_INSTANCE:
            return [FIELDS[key]]
        kinds = await self._streams(property_id)
        fields = {APP_INSTANCE: bool(kinds - {WEB}), FIELDS[key]: WEB in kinds}
        return [field for field, fits in fields.items() if fits] or [FIELDS[key]]

    async def _streams(self, property_id: str) -> set[str]:
        """The kinds of the property's data streams: of a web site, of an app."""
        kinds, token = set[str](), ""
        while True:
            params = {"pageSize": STREAMS_PAGE} | ({"pageToken": token} if token else {})
            page = (await self._call("GET", STREAMS, property_id, params=params)).read(_Streams)
            kinds |= {stream.type for stream in page.dataStreams}
            token = page.nextPageToken
            if not token:
                return kinds

    async def _call(self, method: str, path: str, property_id: str, **more: Any) -> Answer:
        try:
            return await self._http.request(method, path, property_id, headers=await self._token.header(), **more)
        except NeedsPerson:
            self._token.forget()
            raise


def field_of(key: Key, value: str) -> str:
    """The field that an identifier most likely goes in: Firebase's instance ids are 32 hexadecimal digits."""
    return APP_INSTANCE if key == Key.CLIENT_ID and re.fullmatch(r"[0-9A-Fa-f]{32}", value) else FIELDS[key]


def google_email(address: str) -> str:
    """An address as Google asks for it: no spaces, lowercase, no dots before the @ of Gmail's two domains."""
    text = "".join(address.split()).lower()
    local, at, domain = text.rpartition("@")
    return f"{local.replace('.', '')}{at}{domain}" if domain in GMAIL else text
