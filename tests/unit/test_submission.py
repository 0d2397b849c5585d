"""What is taken for a request, and what is not."""

import pytest
from pydantic import ValidationError

from dsar.correction import Change, Field
from dsar.identity import Key
from dsar.requests import Right
from dsar.submission import Person, Submission
from dsar.wish import Wish


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


@pytest.mark.parametrize("value", ["not one", "ada@home", "@example.com", "ada @example.com"])
def test_an_address_is_corrected_to_an_address_only(value: str) -> None:
    """Written everywhere, nobody would be reached by it any more; and no error quotes it."""
    asked = {"right": Right.CORRECT, "person": Person(email="ada@example.com")}

    with pytest.raises(ValidationError) as refused:
        Submission(**asked, wish=Wish(changes=(Change(field=Field.EMAIL, value=value),)))
    taken = Submission(**asked, wish=Wish(changes=(Change(field=Field.EMAIL, value=" ada@example.org "),)))

    assert "is not an email address" in refused.value.errors()[0]["msg"]
    assert value not in refused.value.errors()[0]["msg"]
    assert taken.wish.changes
