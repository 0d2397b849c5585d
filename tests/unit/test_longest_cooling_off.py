"""How long a copy may wait after an address was changed."""

from pathlib import Path

import pytest

from dsar.policy_check import PolicyError, parse_policy

SHIPPED = Path("policy.toml").read_text(encoding="utf-8")


def test_a_cooling_off_beyond_what_is_kept_in_mind_is_refused() -> None:
    """After 100 days nobody knows of the change any more: a longer time would promise what is not done."""
    longest = parse_policy(SHIPPED.replace('cooling_off = "P14D"', 'cooling_off = "P100D"'))

    assert longest.terms.cooling_off.days == 100
    with pytest.raises(PolicyError, match=r"cooling_off.*100 days has no effect"):
        parse_policy(SHIPPED.replace('cooling_off = "P14D"', 'cooling_off = "P101D"'))
