"""An account on a social network, as an identifier: how a request brings it, and when two are the same."""

import pytest
from pydantic import ValidationError

from dsar.identity import Identifier, Identity, Key
from dsar.matching import Belonging, belonging
from dsar.submission import Person


def test_a_request_brings_it_beside_an_address() -> None:
    """As something claimed: only proof makes records that carry it the person's."""
    identity = Person(email="ada@example.com", social_account="instagram:ada.l").identity()

    assert identity.values(Key.SOCIAL_ACCOUNT) == ("instagram:ada.l",)
    assert Key.SOCIAL_ACCOUNT not in identity.proved(frozenset({Key.EMAIL})).proven_kinds
    assert belonging(frozenset({Key.SOCIAL_ACCOUNT})) is Belonging.YES


@pytest.mark.parametrize("account", ["ada.l", "instagram:", ":ada.l", "insta gram:ada.l", "12:ada"])
def test_it_names_its_network(account: str) -> None:
    """A handle alone could be anybody's."""
    with pytest.raises(ValidationError):
        Person(email="ada@example.com", social_account=account)


def test_it_alone_reaches_nobody() -> None:
    """No code can be sent to it, and no customer looked up by it."""
    with pytest.raises(ValidationError):
        Person(social_account="instagram:ada.l")


@pytest.mark.parametrize(
    ("value", "same"),
    [
        ("Instagram: @Ada.L ", True),
        ("instagram:ada.l", True),
        ("tiktok:ada.l", False),
        ("instagram:ada.lo", False),
        ("ada.l", False),
    ],
)
def test_the_same_account_however_it_is_written(value: str, *, same: bool) -> None:
    """Capitals, spaces and the handle's @ make nobody another person; the network does."""
    identity = Identity(identifiers=(Identifier(kind=Key.SOCIAL_ACCOUNT, value="instagram:ada.l"),))

    assert identity.knows(Key.SOCIAL_ACCOUNT, value) is same
