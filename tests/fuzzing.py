"""How long the tests that try many inputs go on: as written, in the gate; twenty times so long with `make fuzz`."""

from hypothesis import settings

GATE = 100
"""Hypothesis' own default, which stands for "as written"."""
PROFILE = "fuzz"

settings.register_profile(PROFILE, max_examples=20 * GATE)


def times(examples: int) -> int:
    """How many examples to try, where the gate tries so many."""
    assert settings.default is not None  # there is always a profile
    return max(1, examples * settings.default.max_examples // GATE)
