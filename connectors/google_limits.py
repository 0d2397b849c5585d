"""What Google Analytics' and BigQuery's "not now" means: when the quota of a day begins again, and rows too fresh.

A quota by the day begins again at midnight in California (cloud.google.com/docs/quotas/view-manage); asking before
then is of no use. Google names the quota in an `ErrorInfo` (google.rpc), older parts of it by a reason of their own.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.connector import SystemConfig, TryLater
from connectors.google_account import busy
from connectors.http import Answer, Http

PACIFIC = ZoneInfo("America/Los_Angeles")

TOO_FRESH = "streaming buffer"
"""How BigQuery says that a statement would change rows that were streamed in just now."""


class TooFresh(TryLater):
    """Rows that were streamed into a table a while ago cannot be deleted yet."""


class GoogleHttp(Http):
    """Requests to Google, whose refusals say how long they last."""

    def __init__(self, config: SystemConfig, clock: Callable[[], datetime]) -> None:
        super().__init__(config, busy=busy)
        self._clock = clock

    def _meaning(self, answer: Answer) -> Exception:
        meant = super()._meaning(answer)
        if not isinstance(meant, TryLater):
            return meant
        said = error_of(answer)
        if TOO_FRESH in str(said.get("message", "")).lower():
            return TooFresh(meant.why, meant.after)
        if is_by_the_day(said):
            return TryLater(f"{meant.why}: the day's quota is used up", until_midnight(self._clock()))
        return meant


def until_midnight(now: datetime) -> timedelta:
    """From now to the next midnight in California, whatever the clocks there do tonight."""
    tomorrow = now.astimezone(PACIFIC).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PACIFIC).astimezone(UTC) - now


def error_of(answer: Answer) -> dict[str, Any]:
    """Google's own error object; empty where it is a proxy's page."""
    try:
        error = json.loads(answer.body)["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return error if isinstance(error, dict) else {}


def is_by_the_day(error: dict[str, Any]) -> bool:
    """Whether it is a quota by the day that is used up; one by the minute is over sooner."""
    if any(each.get("reason") == "dailyLimitExceeded" for each in _objects(error.get("errors"))):
        return True
    named = [metadata for each in _objects(error.get("details")) for metadata in _objects([each.get("metadata")])]
    return any(
        str(each.get("quota_unit", "")).startswith("1/d/") or "perday" in str(each.get("quota_limit", "")).lower()
        for each in named
    )


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    return (each for each in value if isinstance(each, dict)) if isinstance(value, list) else iter(())
