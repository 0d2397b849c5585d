"""What is taken for a request, and what is not."""

import pytest
from pydantic import ValidationError

from dsar.identity import Key
from dsar.submission import Person


@pytest.mark.parametrize(
    "person",
    [
        {},
        {"name": "Ada Lovelace"},
        {"phone": "+1 555 0100"},
        {"email": "nobody"},
        {"email": "a@b"},
        {"email": "a b@example.com"},
        {"email": "ada@example.com\r\nBcc: all@example.com"},
        {"email": ""},
        {"email": "a@" + "x" * 260 + ".com"},
        {"email": "ada@example.com", "shoe_size": "38"},
    ],
)
def test_what_cannot_be_looked_up_is_no_request(person: dict[str, str]) -> None:
    """A name alone finds nobody, a broken address nobody, an unknown field is a mistake."""
    with pytest.raises(ValidationError):
        Person.model_validate(person)


def test_everything_given_becomes_an_unproven_claim() -> None:
    """What a request says of a person is not yet known to be theirs."""
    identity = Person(email="ada@example.com", customer_id="42").identity()

    assert identity.values(Key.EMAIL) == ("ada@example.com",)
    assert identity.proven_kinds == frozenset()
