"""Meta's Graph API: who is asked with which token, what a refusal means, and the calls that are made.

Meta refuses with HTTP 400 more often than not: its own `code` says why. Limits are codes 4, 17, 32, 341, 613 and
80000 to 80014; how long they last stands, in minutes, in X-Business-Use-Case-Usage, and nowhere else.
Source: developers.facebook.com/docs/graph-api/overview/rate-limiting and /guides/error-handling.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from connectors.connector import NeedsPerson, TryLater
from connectors.http import LONGEST_WAIT, Answer, Headers, Http, retry_after
from connectors.meta_answers import (
    Audience,
    Audiences,
    Done,
    Failure,
    Form,
    Forms,
    Lead,
    Leads,
    Refusal,
    Taken,
    Usage,
)
from connectors.meta_config import MetaConfig, Tokens

READ = frozenset({200, 400, 401, 403, 404, 429, 500, 503})
"""Statuses whose body says more than they do."""

LIMITS = frozenset({4, 17, 32, 341, 613, *range(80000, 80100)})
UNWELL = frozenset({1, 2})
CREDENTIAL = frozenset({3, 10, 102, 190, *range(200, 300)})

MISSING = (100, 33)
"""No such object, or none that this token may see: the two are not told apart."""
FLAGGED = (100, 1713230)
"""An audience whose members can neither be added nor removed until its restriction is lifted."""

MOST_HASHES = 10_000
"""Of one call."""

LEAD_FIELDS = "id,created_time,ad_id,form_id,field_data"
AUDIENCE_FIELDS = "id,name,subtype,operation_status"

_USAGES = TypeAdapter(dict[str, list[Usage]])


class Refused(NeedsPerson):
    """Meta refused for good; `reason` is its code and subcode."""

    def __init__(self, why: str, instructions: str, reason: tuple[int, int]) -> None:
        super().__init__(why, instructions)
        self.reason = reason


class Graph:
    """The calls of one entry."""

    def __init__(self, config: MetaConfig) -> None:
        self._config = config
        self._tokens = Tokens.of(config.secret)
        self._http = Http(config)

    async def forms(self, page: str) -> list[Form]:
        """Every lead form of a Page, archived ones included."""
        return [form async for found in self._pages(Forms, "/{}/leadgen_forms", page, "id,name") for form in found.data]

    async def leads(self, page: str, form: str, after: str | None, limit: int | None = None) -> Leads:
        """A page of a form's leads. Meta gives them out for 90 days."""
        params = {"fields": LEAD_FIELDS, "limit": str(limit or self._config.page_size)}
        params |= {"after": after} if after else {}
        return (await self._call("GET", "/{}/leads", form, page=page, params=params)).read(Leads)

    async def lead(self, page: str, form: str, lead: str) -> Lead | None:
        """One lead; `None` when it is gone, which Meta says in the same words as that nobody may see it."""
        params = {"fields": LEAD_FIELDS}
        answer = await self._if_there("GET", lead, page, form, params)
        return answer.read(Lead) if answer else None

    async def delete_lead(self, page: str, form: str, lead: str) -> bool:
        """Delete it; whether it was there."""
        answer = await self._if_there("DELETE", lead, page, form, None)
        if answer is None:
            return False
        if not answer.read(Done).success:
            raise TryLater(f"{self._config.title}: /{{}} was not deleted")
        return True

    async def audiences(self, account: str) -> list[Audience]:
        """Every custom audience of an ad account."""
        found = self._pages(Audiences, "/{}/customaudiences", f"act_{account}", AUDIENCE_FIELDS)
        return [audience async for page in found for audience in page.data]

    async def add(self, audience: str, hashes: Sequence[str]) -> bool:
        """Put addresses into an audience; whether all of them were understood."""
        return await self._members("POST", "/{}/users", audience, hashes)

    async def remove(self, audience: str, hashes: Sequence[str]) -> bool:
        """Take addresses out of an audience; whether all of them were understood."""
        return await self._members("DELETE", "/{}/users", audience, hashes)

    async def remove_everywhere(self, account: str, hashes: Sequence[str]) -> bool:
        """Take addresses out of all audiences of an ad account; whether all of them were understood."""
        return await self._members("DELETE", "/{}/usersofanyaudience", f"act_{account}", hashes)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _members(self, method: str, path: str, where: str, hashes: Sequence[str]) -> bool:
        understood = True
        for some in _portions(hashes):
            payload = json.dumps({"schema": "EMAIL_SHA256", "data": some})
            taken = (await self._call(method, path, where, data={"payload": payload})).read(Taken)
            understood &= taken.num_received == len(some) and taken.num_invalid_entries == 0
        return understood

    async def _if_there(
        self, method: str, lead: str, page: str, form: str, params: Mapping[str, str] | None
    ) -> Answer | None:
        try:
            return await self._call(method, "/{}", lead, page=page, params=params)
        except Refused as refused:
            if refused.reason != MISSING:
                raise
        await self.leads(page, form, None, limit=1)  # refused, unless the form's leads are ours to see
        return None

    async def _pages(self, model: type[Any], path: str, where: str, fields: str) -> AsyncIterator[Any]:
        after: str | None = ""
        while after is not None:
            params = {"fields": fields, "limit": str(self._config.page_size), **({"after": after} if after else {})}
            page = (await self._call("GET", path, where, page=where, params=params)).read(model)
            yield page
            after = page.after

    async def _call(
        self,
        method: str,
        path: str,
        where: str,
        page: str = "",
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
    ) -> Answer:
        token = self._tokens.pages.get(page, self._tokens.token).get_secret_value()
        headers = {"Authorization": f"Bearer {token}"}  # not as a parameter: addresses reach proxies' logs
        answer = await self._http.request(method, path, where, ok=READ, headers=headers, params=params, data=data)
        if answer.status == 200:
            return answer
        raise self._meaning(answer, answer.read(Refusal).error)

    def _to_do(self, answer: Answer, failure: Failure) -> str:
        """What somebody does about a refusal that stays."""
        title, name = self._config.title, self._config.name
        if (failure.code, failure.error_subcode) == FLAGGED:
            return (
                f"{title} has flagged an audience and lets nobody be added to it or removed: Ads Manager > All tools > "
                "Audiences > the flagged one > request a review. When that is lifted, or systems.toml names another "
                f"one for [{name}], retry."
            )
        if failure.code in CREDENTIAL or answer.status in {401, 403}:
            return (
                f"The token for {title} is missing, expired or lacks a right (or a Page's leads are not assigned to "
                "its user: Business settings > Integrations > Leads access). Renew it where systems.toml points for "
                f"[{name}], restart the worker, then retry."
            )
        return f"{title} refused the request as it stands. An engineer should look at {answer.path}."

    def _meaning(self, answer: Answer, failure: Failure) -> Exception:
        said = f"{self._config.title}: {answer.path} answered {answer.status}, code {failure.code}"
        said += f" ({failure.error_subcode})" if failure.error_subcode else ""
        limited = failure.code in LIMITS or answer.status == 429
        if limited or failure.code in UNWELL or failure.is_transient or answer.status >= 500:
            return TryLater(said, regained(answer.headers) if limited else retry_after(answer.headers))
        return Refused(said, self._to_do(answer, failure), (failure.code, failure.error_subcode))


def regained(headers: Headers) -> timedelta | None:
    """When calls are taken again: the longest that any limit in X-Business-Use-Case-Usage says, in minutes."""
    try:
        usages = _USAGES.validate_json(headers.get("X-Business-Use-Case-Usage", "{}"))
    except ValidationError:
        return retry_after(headers)
    minutes = max((u.estimated_time_to_regain_access for of in usages.values() for u in of), default=0)
    if minutes <= 0:
        return retry_after(headers)
    return min(timedelta(minutes=min(minutes, 1_000_000)), LONGEST_WAIT)


def _portions(hashes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(hashes), MOST_HASHES):
        yield hashes[start : start + MOST_HASHES]
