"""Postal addresses in parts and in a line: what can be told apart comes back as it was, the rest is a person's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.postal import changed, in_line, in_parts

NAMES = ("street", "second", "city", "state", "code", "country")


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("1 Main St, Springfield, IL, 62701", ("1 Main St", "", "Springfield", "IL", "62701", "")),
        ("1 Main St, Springfield, IL 62701-1234, US", ("1 Main St", "", "Springfield", "IL", "62701-1234", "US")),
        (
            "1 Main St, Flat 2, London, England, SW1Y 4LE, GB",
            ("1 Main St", "Flat 2", "London", "England", "SW1Y 4LE", "GB"),
        ),
        ("1 Main St\nSpringfield\nIL\n62701", ("1 Main St", "", "Springfield", "IL", "62701", "")),
    ],
)
def test_a_line_whose_parts_can_be_told_is_taken_apart(line: str, parts: tuple[str, ...]) -> None:
    """By its commas or its lines; the code has a digit, the country two letters."""
    assert in_parts(line, NAMES) == dict(zip(NAMES, parts, strict=True))


@pytest.mark.parametrize("line", ["", "Springfield", "Main St, Springfield, IL, Illinois", "1, 2, 3, 4, 5, 6, 7"])
def test_a_line_whose_parts_cannot_be_told_is_not_guessed_at(line: str) -> None:
    """A wrong part would be a wrong address."""
    assert in_parts(line, NAMES) is None


@given(st.dictionaries(st.sampled_from(NAMES), st.none() | st.text(max_size=12)), st.text(max_size=40))
def test_whatever_is_changed_can_be_put_back_by_its_text(held: dict[str, str | None], wished: str) -> None:
    """A change is refused, or the text of what was there gives every part of it again."""
    parts = changed(held, wished, NAMES)

    if parts is not None:
        back = changed(parts, in_line(held, NAMES), NAMES)
        assert back == {name: held.get(name) or "" for name in NAMES} or not in_line(held, NAMES)
        assert in_line(parts, NAMES) or not wished
