"""How long a refused step waits before its next try."""

from datetime import timedelta

import pytest

from activities.failures import LONGEST, wait


@pytest.mark.parametrize("asked", [timedelta(0), timedelta(seconds=7), timedelta(days=3)])
def test_the_vendors_own_wait_is_never_cut_short(asked: timedelta) -> None:
    """It is stretched by a tenth at most, for each a little differently."""
    shortest, longest = wait(asked, 1, lambda: 0.0), wait(asked, 9, lambda: 0.999)

    assert shortest == asked
    assert asked <= longest <= asked * 1.1


def test_without_a_wait_it_grows_from_a_second_to_ten_minutes() -> None:
    """Doubled from try to try; a vendor that is down for a week is asked every few minutes."""
    waits = [wait(None, attempt, lambda: 0.999) for attempt in range(1, 12)]

    assert [round(each.total_seconds()) for each in waits] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600]
    assert wait(None, 10_000, lambda: 0.999) <= LONGEST


def test_who_was_refused_together_does_not_come_back_together() -> None:
    """Between half of the wait and all of it."""
    assert len({wait(None, 5) for _ in range(20)}) > 10
    assert wait(None, 5, lambda: 0.0) == timedelta(seconds=8)
