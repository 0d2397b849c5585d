"""What an activity's failure becomes in the engine. Histories and logs show it, so no error text of others passes.

- `TryLater` is retried for as long as it takes, after the wait that the vendor asked for, or a growing one of our own
  where it asked for none. Neither is the same for two: who was refused together does not come back together.
- `NeedsPerson` is not retried: the saga opens a task and goes on when it is resolved.
- Anything else is a bug: retried, so that a fix can resume the work, and named by type and place only, because
  the text of an unforeseen exception may quote a record.
"""

import traceback
from collections.abc import Callable
from datetime import timedelta
from secrets import SystemRandom
from typing import Any

from temporalio import activity
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from connectors.connector import NeedsPerson, TryLater

NEEDS_PERSON = "NeedsPerson"
TRY_LATER = "TryLater"

SHORTEST, LONGEST = timedelta(seconds=1), timedelta(minutes=10)
"""The wait after the first refusal, and the longest that it grows to."""

STRETCH = 0.1
"""By as much of itself a vendor's own wait is stretched at most. It is never cut short."""

Chance = Callable[[], float]
"""A number from 0 up to 1."""

_RANDOM = SystemRandom()


def wait(asked: timedelta | None, attempt: int, chance: Chance = _RANDOM.random) -> timedelta:
    """How long to wait after a try, the first being number 1: what the vendor asked for and a little more.

    Where it did not say: doubled from try to try, and of that between half and all.
    """
    if asked is not None:
        return asked * (1 + STRETCH * chance())
    backoff = min(SHORTEST * int(2 ** min(attempt - 1, 20)), LONGEST)
    return backoff * (0.5 + 0.5 * chance())


class FailureTranslation(Interceptor):
    """Gives each activity's failures their meaning."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """Wrap the chain."""
        return _Translating(next)


class _Translating(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        try:
            return await super().execute_activity(input)
        except ApplicationError:
            raise
        except TryLater as error:
            after = wait(error.after, activity.info().attempt)
            raise ApplicationError(error.why, type=TRY_LATER, next_retry_delay=after) from None
        except NeedsPerson as error:
            raise ApplicationError(error.why, error.instructions, type=NEEDS_PERSON, non_retryable=True) from None
        except Exception as error:  # noqa: BLE001 - every other exception is a bug, and its text may hold a record
            where = traceback.extract_tb(error.__traceback__)[-1]
            raise ApplicationError(
                f"bug in {activity.info().activity_type}: {type(error).__name__} at {where.filename}:{where.lineno}",
                type=type(error).__name__,
            ) from None
