"""LinkedIn's DMP segments: listed, looked for, and emptied of an address.

Every call names a version of the interface, which LinkedIn ends after a year: 426 then. Some 600 calls a minute may be
made for one member; beyond that, 429 without a word of when.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from connectors.connector import NeedsPerson, SystemConfig, TryLater
from connectors.http import TRY_LATER, Answer, Http
from connectors.linkedin_answers import Refusal, Segment, Segments, Statuses

Number = Annotated[str, StringConstraints(pattern="^[0-9]+$")]

LISTED = "/dmpSegments?q=account&account={}&start={}&count={}"
MOST_ELEMENTS = 5_000
"""Of one batch."""
GONE, OUTDATED = 404, 426
ANSWERED = frozenset({200, 201, 207, GONE, OUTDATED})


class LinkedInConfig(SystemConfig):
    """`secret` is an access token with rw_dmp_segments, a restricted programme; its member must not be a viewer."""

    ad_accounts: tuple[Number, ...] = Field(min_length=1)
    """Whose segments may hold people: Campaign Manager > the account's number."""
    version: Annotated[str, StringConstraints(pattern="^20[0-9]{4}$")]
    """LinkedIn-Version, a month: `202607`. Each is supported for a year."""
    sent_lists: Path | None = None
    """The company's own record of uploads (connectors/sent_lists.py); without it everybody is assumed to be in."""
    insight_tags: tuple[Number, ...] = ()
    """Insight Tags and their conversions: each makes a person's task, for no call finds or deletes an event."""
    category: str = "marketing campaign data"
    event_category: str = "cookies and tracking"
    recheck_after: timedelta = timedelta(hours=48)
    """When a removal should be through: LinkedIn processes a change for up to 48 hours."""
    page_size: int = Field(default=100, ge=1, le=500)
    requests_per_second: float | None = 10.0


class DmpSegments:
    """The calls of one entry."""

    def __init__(self, config: LinkedInConfig) -> None:
        self._config = config
        self._http = Http(
            config,
            {
                "Authorization": f"Bearer {config.secret.get_secret_value()}",
                "LinkedIn-Version": config.version,
                "X-Restli-Protocol-Version": "2.0.0",
            },
        )

    async def of(self, account: str) -> AsyncIterator[Segment]:
        """Every segment of an ad account."""
        start, size = 0, self._config.page_size
        while True:
            urn = f"urn:li:sponsoredAccount:{account}"
            page = self._there(await self._http.request("GET", LISTED, urn, str(start), str(size), ok=ANSWERED))
            if page is None:
                raise NeedsPerson(
                    f"{self._config.title}: an ad account is not there",
                    f"Correct ad_accounts of [{self._config.name}] in systems.toml, restart the worker, then retry.",
                )
            segments = page.read(Segments).elements
            for segment in segments:
                yield segment
            start += len(segments)
            if len(segments) < size:
                return

    async def exists(self, segment: str) -> bool:
        """Whether the segment is there."""
        answer = self._there(await self._http.request("GET", "/dmpSegments/{}", segment, ok=ANSWERED))
        if answer is not None:
            answer.read(Segment)
        return answer is not None

    async def remove(self, segment: str, hashes: Sequence[str]) -> dict[str, int] | None:
        """Take addresses out of a segment: the status of each, or `None` where the segment is gone.

        Raises:
            TryLater: LinkedIn could not do one of them now. Removing twice is removing once.
        """
        statuses: dict[str, int] = {}
        for some in _portions(hashes):
            elements = [{"action": "REMOVE", "userIds": [{"idType": "SHA256_EMAIL", "idValue": each}]} for each in some]
            answer = self._there(
                await self._http.request(
                    "POST",
                    "/dmpSegments/{}/users",
                    segment,
                    ok=ANSWERED,
                    headers={"X-RestLi-Method": "BATCH_CREATE"},
                    json={"elements": elements},
                )
            )
            if answer is None:
                return None
            statuses |= zip(some, self._each(answer, len(some)), strict=True)
        return statuses

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _each(self, answer: Answer, count: int) -> list[int]:
        statuses = [element.status for element in answer.read(Statuses).elements]
        if len(statuses) != count:
            raise TryLater(f"{answer.path} answered {len(statuses)} statuses for {count} elements")
        if late := [status for status in statuses if status in TRY_LATER or status >= 500]:
            raise TryLater(f"{answer.path} answered {late[0]} for {len(late)} of {count} elements")
        return statuses

    def _there(self, answer: Answer) -> Answer | None:
        """The answer, unless it says that there is no such thing; that has to be said in LinkedIn's own words."""
        if answer.status == OUTDATED:
            raise NeedsPerson(
                f"{self._config.title}: version {self._config.version} has ended",
                f"Set version of [{self._config.name}] in systems.toml to a month that LinkedIn supports (its page "
                "'Marketing API versioning' lists them), restart the worker, then retry.",
            )
        if answer.status == GONE:
            answer.read(Refusal)
            return None
        return answer


def _portions(hashes: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(hashes), MOST_ELEMENTS):
        yield hashes[start : start + MOST_ELEMENTS]
