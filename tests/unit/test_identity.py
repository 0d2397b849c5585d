"""Who the person is, and which claims are proven."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dsar.identity import Identifier, Identity, Key, normalise


def known(*pairs: tuple[Key, str], proven: bool = False) -> Identity:
    return Identity(identifiers=tuple(Identifier(kind=k, value=v, proven=proven) for k, v in pairs))


def test_a_plus_address_is_another_mailbox() -> None:
    """ada@ and ada+news@ are two addresses; case and spaces make no difference."""
    ada = known((Key.EMAIL, "Ada@Example.com "))

    assert ada.knows(Key.EMAIL, "ada@example.com")
    assert not ada.knows(Key.EMAIL, "ada+news@example.com")


def test_what_a_system_teaches_is_kept_once_with_its_first_source() -> None:
    """The same identifier in another spelling adds nothing."""
    ada = known((Key.EMAIL, "ada@example.com"))

    wider = ada.widened([Identifier(kind=Key.EMAIL, value="ADA@example.com", source="crm")])

    assert wider == ada


def test_a_system_can_prove_what_was_only_claimed() -> None:
    """A claimed customer number that a record of the person's confirms is proven from then on."""
    ada = known((Key.CUSTOMER_ID, "42"))

    wider = ada.widened([Identifier(kind=Key.CUSTOMER_ID, value="42", source="crm", proven=True)])

    assert wider.proven_kinds == {Key.CUSTOMER_ID}


def test_a_code_proves_the_address_and_not_the_other_claims() -> None:
    """Whoever proves their own mailbox proves nothing about a customer number they wrote beside it."""
    mallory = known((Key.EMAIL, "mallory@example.com"), (Key.CUSTOMER_ID, "42"))

    assert mallory.proved({Key.EMAIL}).proven_kinds == {Key.EMAIL}


@pytest.mark.parametrize("address", ["info@example.com", " Office+ada@Example.com", "team@example.com"])
def test_a_mailbox_of_several_people_says_of_no_record_whose_it_is(address: str) -> None:
    """Whoever can read it is still not the one whom every record is about; what only one person has still counts."""
    one = known((Key.EMAIL, address), (Key.CUSTOMER_ID, "42")).proved({Key.EMAIL})

    assert one.proven_kinds == set()
    assert one.proved({Key.CUSTOMER_ID}).proven_kinds == {Key.CUSTOMER_ID}


def test_an_address_that_only_begins_like_such_a_mailbox_is_a_persons() -> None:
    """Names are as people have them."""
    ada = known((Key.EMAIL, "teamster@example.com"), (Key.EMAIL, "ada.info@example.com"))

    assert ada.proved({Key.EMAIL}).proven_kinds == {Key.EMAIL}


def test_an_unguessable_identifier_proves_itself() -> None:
    """A `_ga` client id is a random number that only the person's browser knows."""
    visitor = known((Key.CLIENT_ID, "1234567890.1699999999"))

    assert visitor.proved(set()).proven_kinds == {Key.CLIENT_ID}


def test_a_proven_value_takes_the_place_of_a_claim_of_its_kind() -> None:
    """Systems are asked with the customer number on file, not with the one that was claimed."""
    claimed = known((Key.CUSTOMER_ID, "42"))

    both = claimed.widened([Identifier(kind=Key.CUSTOMER_ID, value="7", source="crm", proven=True)])

    assert both.to_search().values(Key.CUSTOMER_ID) == ("7",)


@given(st.sampled_from(list(Key)), st.text(max_size=40))
def test_normalising_twice_changes_nothing_more(kind: Key, text: str) -> None:
    """The comparable form is a fixed point."""
    once = normalise(kind, text)

    assert normalise(kind, once) == once
