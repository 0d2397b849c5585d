"""Sprout Social's inbox: pages of messages, single messages, and cases. Nothing there can be written.

Results end at 10,000 without a word; then the search starts anew at the last message that it saw. A page's cursor may
have expired when a search is resumed, and is left in the same way. 202 is "not ready", and 429 names no wait: 60 calls
a minute, 250,000 a month.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from connectors.connector import NeedsPerson, SystemConfig, TryLater
from connectors.http import Answer, Http, together
from connectors.sprout_answers import Case, Cases, Message, Messages, Refusal
from dsar.frozen import Frozen

Number = Annotated[str, StringConstraints(pattern="^[0-9]+$")]

FIELDS = (
    "guid",
    "created_time",
    "network",
    "post_type",
    "text",
    "perma_link",
    "case_id",
    "from.guid",
    "from.name",
    "from.screen_name",
)
MOST_RESULTS = 10_000
MOST_IDS = 100
"""Of messages or cases that are asked for by id."""
EXPIRED = 400


class SproutConfig(SystemConfig):
    """`secret` is an API token (Settings > Global Features > API)."""

    customer_id: Number
    """`GET /v1/metadata/client` tells it."""
    groups: tuple[Number, ...] = Field(min_length=1)
    """The profile groups whose inbox is searched: `GET /v1/{customer_id}/metadata/customer/groups`."""
    since: date
    """The day from which on there is anything in the inbox."""
    by_name: bool = True
    """Whether who only shares the name is found, for a person to decide: on YouTube and LinkedIn there is no handle.
    It takes reading the whole inbox, 100 messages a call."""
    category: str = "social media interactions"
    page_size: int = Field(default=100, ge=1, le=100)
    most_results: int = MOST_RESULTS
    """Where Sprout cuts results."""
    requests_per_second: float | None = 1.0


class Spot(Frozen):
    """How far the messages of one group were read. The times are Sprout's, in UTC and without a zone."""

    group: int = 0
    start: str = ""
    """Where the running query starts; empty: at the beginning."""
    page: str | None = None
    """The running query's next page."""
    count: int = 0
    """What the running query gave so far."""
    last: str = ""
    """The second of the newest message seen."""
    edge: tuple[str, ...] = ()
    """The messages of that second that were seen."""
    renewed: bool = False
    """Whether the running query began because Sprout refused a cursor."""


class Inbox:
    """The calls of one entry."""

    def __init__(self, config: SproutConfig) -> None:
        self._config = config
        headers = {"Authorization": f"Bearer {config.secret.get_secret_value()}", "Accept": "application/json"}
        self._http = Http(config, headers, busy=lambda answer: answer.status == 202)

    async def page(self, spot: Spot, end: str, authors: Sequence[str]) -> tuple[list[Message], Spot | None]:
        """The next messages of a group, of these authors if any are given, and where to go on: `None` at the end."""
        start = spot.start or f"{self._config.since.isoformat()}T00:00:00"
        filters = [f"group_id.eq({self._config.groups[spot.group]})", f"created_time.in({start}..{end})"]
        filters += [f"from.guid.eq({', '.join(authors)})"] if authors else []
        query = {"filters": filters, "fields": list(FIELDS), "sort": ["created_time:asc"]}
        answer = await self._ask("/messages", query, spot.page, ok=frozenset({200, EXPIRED} if spot.page else {200}))
        if answer.status == EXPIRED:
            answer.read(Refusal)
            if spot.renewed and spot.last == spot.start:
                raise TryLater(f"{answer.path} refuses the cursor that it gave")
            return [], self._anew(spot).model_copy(update={"renewed": True})
        found = answer.read(Messages)
        fresh = [each for each in found.data if each.guid not in spot.edge]
        after = self._after(spot, found)
        return fresh, after

    async def messages(self, guids: Sequence[str]) -> dict[str, Message]:
        """Those of these messages that are there, by id."""
        found = await together(self._by_id("/messages", "message_id", some, Messages) for some in _portions(guids))
        return {message.guid: message for page in found for message in page.data}

    async def cases(self, numbers: Sequence[str]) -> dict[str, Case]:
        """Those of these cases that are there, by id."""
        found = await together(self._by_id("/cases/filter", "case_id", some, Cases) for some in _portions(numbers))
        return {case.case_id: case for page in found for case in page.data}

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _after(self, spot: Spot, found: Messages) -> Spot | None:
        """Where to go on after a page."""
        count = spot.count + len(found.data)
        last, edge = spot.last, spot.edge
        if found.data:
            newest = _second(found.data[-1].created_time)
            seen = tuple(each.guid for each in found.data if _second(each.created_time) == newest)
            last, edge = newest, tuple(dict.fromkeys((*edge, *seen))) if newest == last else seen
        reached = spot.model_copy(update={"count": count, "last": last, "edge": edge, "page": found.paging.next_cursor})
        if count >= self._config.most_results:
            return self._anew(reached)
        if found.paging.next_cursor:
            return reached
        return Spot(group=spot.group + 1) if spot.group + 1 < len(self._config.groups) else None

    def _anew(self, spot: Spot) -> Spot:
        """A new query, from the newest message on."""
        if spot.count >= self._config.most_results and spot.last == spot.start:
            raise NeedsPerson(
                f"{self._config.title} holds more messages of one second than it shows",
                "Set since of this entry in systems.toml to a day after the import that brought them, and look through "
                "those before it by hand (Inbox > Advanced search), then retry.",
            )
        return Spot(group=spot.group, start=spot.last, last=spot.last, edge=spot.edge)

    async def _by_id(self, path: str, name: str, some: Sequence[str], model: type[Any]) -> Any:
        query: dict[str, Any] = {"filters": [f"{name}.eq({', '.join(some)})"]}
        query |= {"fields": list(FIELDS)} if model is Messages else {}
        answer = await self._ask(path, query, None, limit=MOST_IDS)
        return answer.read(model)

    async def _ask(
        self,
        path: str,
        query: dict[str, Any],
        page: str | None,
        limit: int | None = None,
        ok: frozenset[int] = frozenset({200}),
    ) -> Answer:
        body = query | {"limit": limit or self._config.page_size, "timezone": "UTC"}
        body |= {"page_cursor": page} if page else {}
        return await self._http.request("POST", f"/{{}}{path}", self._config.customer_id, ok=ok, json=body)


def moment(at: datetime) -> str:
    """A time as a filter takes it."""
    return _second(at)


def _second(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), MOST_IDS):
        yield ids[start : start + MOST_IDS]
