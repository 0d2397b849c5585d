"""What a person's folder in Drive is called: from an identity to names, and back from a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.drive_config import Folders, fillings
from connectors.drive_files import escaped
from dsar.identity import Identifier, Identity, Key
from standins.drive_query import compiled

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda t: t == t.strip())


def called(name: str) -> Folders:
    return Folders(root="r", name=name)


@given(TEXT)
def test_a_folder_is_whose_name_it_was_made_from(number: str) -> None:
    """Whatever an identifier looks like, the folder that is called by it says so."""
    me = Identity(identifiers=(Identifier(kind=Key.CUSTOMER_ID, value=number),))

    names = called("Client {customer_id} (files)").names(me)

    found = [called("Client {customer_id} (files)").whose(name) for name in names]
    assert found
    assert all(me.knows(each.kind, each.value) for (each,) in found)


@pytest.mark.parametrize("name", ["Client", "Client ", "client 42", "Client 42 ", "Kunde 42", "A Client 42"])
def test_a_name_that_is_made_otherwise_is_nobodys_number_42(name: str) -> None:
    """Neither a part of a name nor one with more in it is taken for the person's."""
    assert [each.value for each in called("Client {customer_id}").whose(name)] != ["42"]


def test_a_template_waits_for_all_that_it_asks_for() -> None:
    """Half a name would be somebody else's."""
    me = Identity(identifiers=(Identifier(kind=Key.CUSTOMER_ID, value="42"),))

    assert called("{customer_id} {name}").names(me) == ()


@given(TEXT)
def test_a_value_stays_inside_the_quotes_of_a_query(value: str) -> None:
    """Quotes and backslashes end nothing: the query asks for exactly this text."""
    me = Identity(identifiers=(Identifier(kind=Key.USER_ID, value=value),))

    class Named:
        def text(self, _: str) -> str:
            return value

    for query in fillings("name = '{user_id}'", me, escaped):
        compiled(query)
    assert compiled(f"name = '{escaped(value)}'")(Named())
