"""The calls to a Klaviyo account."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from connectors.connector import NeedsPerson, TryLater
from connectors.http import Answer, Headers, Http, shaped
from connectors.klaviyo_answers import CURSOR, Job, OfJob, One, Page, Profile, Refusal
from connectors.klaviyo_config import KlaviyoConfig

PROFILES = "/api/profiles"
PROFILE = "/api/profiles/{}"
DELETIONS = "/api/data-privacy-deletion-jobs"

GONE = 404
OR_GONE = frozenset({200, GONE})

WITH_CONSENT = {"additional-fields[profile]": "subscriptions"}
SHORT = {"fields[segment]": "name,created,updated,is_active,is_processing,is_starred"}
"""A segment without its definition, which says nothing of the person."""
WHOLE = {"additional-fields[profile]": "subscriptions,predictive_analytics"}


class Account:
    """One Klaviyo account."""

    def __init__(self, config: KlaviyoConfig) -> None:
        self.config = config
        self.http = KlaviyoHttp(config)

    async def profiles(self, condition: str, cursor: str) -> tuple[list[Profile], str | None]:
        """A page of the profiles that meet a condition, or of all, and where the next one starts."""
        narrowed = {"filter": condition} if condition else {"sort": "id"}
        size = {"page[size]": str(self.config.page_size)}
        page = (await self._listed(PROFILES, cursor, **WITH_CONSENT, **narrowed, **size)).read(Page)
        return [shaped(Profile, each, PROFILES) for each in page.data], page.cursor

    async def profile(self, profile: str) -> Profile | None:
        """A profile with what may be sent to it; `None` when it is gone."""
        answer = await self.http.request("GET", PROFILE, profile, ok=OR_GONE, params=WITH_CONSENT)
        return answer.read(One).data if is_there(answer) else None

    async def holdings(self, profile: str) -> dict[str, Any] | None:
        """All that Klaviyo holds of a profile, in its words; `None` when it is gone."""
        answer = await self.http.request("GET", PROFILE, profile, ok=OR_GONE, params=WHOLE)
        if not is_there(answer):
            return None
        answer.read(One)
        events, metrics = await self._events(profile)
        lists = await self._beside(f"{PROFILE}/lists", profile)
        segments = await self._beside(f"{PROFILE}/segments", profile, **SHORT)
        held = {"events": events, "metrics": metrics, "lists": lists, "segments": segments}
        return {"profile": answer.json()["data"], **held}

    async def correct(self, profile: str, attributes: dict[str, Any]) -> Answer:
        """Change a profile; 400, 404 and 409 come back."""
        body = {"data": {"type": "profile", "id": profile, "attributes": attributes}}
        return await self.http.send("PATCH", PROFILE, profile, body=body, ok=frozenset({200, 400, GONE, 409}))

    async def delete(self, profile: str) -> None:
        """Order a profile's deletion. Klaviyo promises it and gives the order no number."""
        thing = {"type": "profile", "id": profile, "attributes": {}}
        attributes = {"profile": {"data": thing}}
        body = {"data": {"type": "data-privacy-deletion-job", "attributes": attributes}}
        await self.http.send("POST", DELETIONS, body=body, ok=frozenset({202}))

    async def suppression(self, what: str, addresses: Sequence[str]) -> Job:
        """Suppress addresses (`create`), or take that back (`delete`): the job, as far as it is by now."""
        kind = f"profile-suppression-bulk-{what}-job"
        profiles = [{"type": "profile", "attributes": {"email": address}} for address in addresses]
        body = {"data": {"type": kind, "attributes": {"profiles": {"data": profiles}}}}
        made = await self.http.send("POST", f"/api/{kind}s", body=body, ok=frozenset({202}))
        answer = await self.http.request("GET", f"/api/{kind}s/{{}}", made.read(OfJob).data.id)
        return answer.read(OfJob).data

    async def _events(self, profile: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """All events, and what kinds of events they are."""
        params = {"filter": f"equals(profile_id,{quoted(profile)})", "include": "metric", "sort": "datetime"}
        events: list[dict[str, Any]] = []
        metrics: dict[str, dict[str, Any]] = {}
        cursor: str | None = ""
        while cursor is not None:
            page = (await self._listed("/api/events", cursor, **params, **{"page[size]": "200"})).read(Page)
            events += page.data
            metrics |= {str(each["id"]): each for each in page.included}
            cursor = page.cursor
        return events, list(metrics.values())

    async def _listed(self, path: str, cursor: str, **params: str) -> Answer:
        """A page of a whole collection, which is never gone: a 404 means that the address is wrong."""
        asked = {**params, **({CURSOR: cursor} if cursor else {})}
        return await self.http.request("GET", path, ok=frozenset({200}), params=asked)

    async def _beside(self, path: str, profile: str, **params: str) -> list[dict[str, Any]]:
        """What hangs on a profile; nothing, where that is gone."""
        answer = await self.http.request("GET", path, profile, ok=OR_GONE, params=params)
        return answer.read(Page).data if is_there(answer) else []


class KlaviyoHttp(Http):
    """Requests in JSON:API, which stop by themselves when Klaviyo says that a route's minute is used up."""

    def __init__(self, config: KlaviyoConfig, clock: Callable[[], float] = time.monotonic) -> None:
        headers = {
            "Authorization": f"Klaviyo-API-Key {config.secret.get_secret_value()}",
            "revision": config.revision,
            "Accept": "application/vnd.api+json",
        }
        super().__init__(config, headers)
        self._clock = clock
        self._closed: dict[str, float] = {}
        """When a route's minute ends, by the clock, for those that have none left."""

    async def send(self, method: str, path: str, *args: str, body: Any, ok: frozenset[int]) -> Answer:
        """A request with a JSON:API document."""
        headers = {"Content-Type": "application/vnd.api+json"}
        return await self.request(method, path, *args, ok=ok, headers=headers, json=body)

    async def request(self, method: str, path: str, *args: str, **more: Any) -> Answer:
        """As every request, unless the route's minute is known to be used up: then `TryLater` without asking."""
        route = f"{method} {path}"
        left = self._closed.pop(route, 0.0) - self._clock()
        if left > 0:
            self._closed[route] = self._clock() + left
            raise TryLater(f"{self._config.title}: {path} has no requests left in this minute", timedelta(seconds=left))
        answer = await super().request(method, path, *args, **more)
        if answer.headers.get("RateLimit-Remaining") == "0":
            self._closed[route] = self._clock() + _seconds(answer.headers)
        return answer

    def refusal(self, answer: Answer) -> Exception:
        """What an answer that was not hoped for means."""
        return self._meaning(answer)


def is_there(answer: Answer) -> bool:
    """Whether Klaviyo has what was asked for; that it has not, it has to say in its own words."""
    if answer.status == GONE and answer.read(Refusal).errors[0].code != "not_found":
        raise NeedsPerson(
            f"{answer.path} is not there", "The base_url in systems.toml leads elsewhere than to Klaviyo's interface."
        )
    return answer.status != GONE


def quoted(value: str) -> str:
    """As it stands in a filter."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _seconds(headers: Headers) -> float:
    """How long the minute still lasts."""
    said = headers.get("RateLimit-Reset", "")
    return min(float(said), 60.0) if said.isascii() and said.isdecimal() else 0.0
