"""The code that proves who asks."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.proof import SentCode, digest, is_code, matches

SALT = "00" * 16


@settings(max_examples=25, deadline=None)
@given(st.text("0123456789", min_size=6, max_size=6), st.text("0123456789", min_size=6, max_size=6))
def test_only_the_code_that_was_sent_matches(sent: str, entered: str) -> None:
    """Equal codes match, others do not."""
    kept = SentCode(salt=SALT, digest=digest(sent, SALT))

    assert matches(entered, kept) is (sent == entered)


def test_what_is_no_code_is_told_apart_from_a_wrong_one() -> None:
    """Six ASCII digits; anything else would only waste an attempt."""
    assert is_code("012345")
    assert not any(is_code(text) for text in ("", "12345", "1234567", "12345a", "١٢٣٤٥٦", " 12345"))
