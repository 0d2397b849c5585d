"""Many senders at one target: each waits, none is turned away, and nobody else waits for them."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from tests.attacks.threats import Threat, against
from web.person.pace import AT_ONCE, LONGEST_SECONDS, Pace

TARGET = "Ada@example.com"


class Clock:
    """Stands still, and notes who waits."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def __call__(self) -> float:
        return 1_000.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def from_(number: int) -> web.Request:
    return make_mocked_request("POST", "/privacy/requests").clone(remote=f"8.8.{number // 250}.{number % 250}")


@against(Threat.FLOOD)
@pytest.mark.parametrize("spelling", [TARGET, f" {TARGET.lower()} ", TARGET.upper()])
async def test_a_thousand_addresses_that_send_about_one_person_wait_as_one(spelling: str) -> None:
    """Each of them is new, and the person is not: ten seconds at most, and all are taken."""
    clock = Clock()
    pace = Pace(clock, clock.sleep)

    for number in range(1_000):
        await pace.keep(from_(number), TARGET if number % 2 else spelling)
    waited = len(clock.slept)
    await pace.keep(from_(5_000), "ben@example.com")

    assert (waited, len(clock.slept)) == (1_000 - AT_ONCE, waited)
    assert max(clock.slept) == LONGEST_SECONDS


@against(Threat.MALICIOUS_DELETION)
async def test_a_code_that_is_tried_from_everywhere_is_tried_slowly() -> None:
    """The request's own pace, whoever calls; another request is not slowed down."""
    clock = Clock()
    pace = Pace(clock, clock.sleep)

    for _ in range(50):
        await pace.keep_about("request-a")
    waited = len(clock.slept)
    await pace.keep_about("request-b")

    assert (waited, len(clock.slept)) == (50 - AT_ONCE, waited)
