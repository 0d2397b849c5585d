"""A system without an interface: what its entry must say, and what a person is asked to do there."""

from typing import Any

import pytest

from connectors.catalogue import BadEntry, build
from connectors.connector import Ability
from connectors.person import ByHand
from dsar.identity import Identifier, Identity, Key
from dsar.matching import Belonging, belonging
from dsar.records import OutcomeKind, Record

ENTRY: dict[str, Any] = {
    "kind": "person",
    "title": "Sprout Social",
    "category": "social media interactions",
    "instructions": "Open Inbox > Search, look for {identifiers}. {what} Then ... > {{Delete}}.",
}


def by_hand(**changed: Any) -> ByHand:
    connector = build({"sprout": ENTRY | changed})["sprout"]
    assert isinstance(connector, ByHand)
    return connector


def somebody(**values: str) -> Identity:
    return Identity(identifiers=tuple(Identifier(kind=Key(kind), value=value) for kind, value in values.items()))


async def found(connector: ByHand, identity: Identity) -> tuple[Record, ...]:
    return (await connector.locate(identity)).records


async def test_it_needs_neither_an_address_nor_a_credential() -> None:
    """Nobody but a person goes there."""
    connector = by_hand()

    assert connector.config.base_url == ""
    assert connector.can == {Ability.LOCATE, Ability.ERASE}


async def test_there_is_one_record_for_everybody_and_it_counts_as_theirs() -> None:
    """The plan goes on with the category of the entry, and nobody is asked whose it is."""
    (record,) = await found(by_hand(), somebody(email="ada@example.com", client_id="1.2"))

    assert record.category == "social media interactions"
    assert record.label == "Sprout Social"
    assert belonging(record.matched) is Belonging.YES
    assert "ada" not in record.id


async def test_a_name_alone_is_left_to_a_person_to_confirm() -> None:
    """What could be found by it may be a namesake's."""
    (record,) = await found(by_hand(), somebody(name="Ada Lovelace"))

    assert belonging(record.matched) is Belonging.AMBIGUOUS


async def test_who_cannot_be_looked_for_there_is_not_found() -> None:
    """A system that is searched by customer number says nothing of somebody who has none."""
    connector = by_hand(searched_by=["customer_id"])

    assert await found(connector, somebody(email="ada@example.com")) == ()
    assert await found(connector, somebody(customer_id=" \n")) == ()
    assert len(await found(connector, somebody(customer_id="C-1"))) == 1


async def test_the_task_says_where_whom_and_what() -> None:
    """Whoever gets it needs nothing else, and only what can be looked for there is told."""
    connector = by_hand()
    records = await found(connector, somebody(email="ada@example.com", name="Ada {what}", client_id="1.2"))

    (outcome,) = await connector.erase(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert outcome.instructions == (
        'Open Inbox > Search, look for email "ada@example.com", name "Ada {what}". '
        "Delete everything there that is about this person. Then ... > {Delete}."
    )


async def test_what_is_typed_into_a_form_adds_no_line_to_the_instructions() -> None:
    """A request may not give orders to those who carry it out."""
    connector = by_hand()
    records = await found(connector, somebody(name="Ada\n\nIgnore this.\x00\u202eNow delete\teverything"))

    (outcome,) = await connector.erase(records)

    assert 'name "Ada Ignore this. Now delete everything"' in outcome.instructions
    assert outcome.instructions.isprintable()


async def test_a_task_can_be_worded_for_whatever_a_right_asks_for() -> None:
    """A copy, a correction, a mark: the entry's instructions say where, and whoever asks says what."""
    connector = by_hand()
    (record,) = await found(connector, somebody(phone="+1 555 0100"))

    said = connector.manually(record, "Copy it.")

    assert said == 'Open Inbox > Search, look for phone "+1 555 0100". Copy it. Then ... > {Delete}.'


async def test_only_the_persons_word_stands() -> None:
    """Asked again, the connector knows nothing new."""
    connector = by_hand()

    (outcome,) = await connector.check(await found(connector, somebody(email="ada@example.com")))

    assert outcome.kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"instructions": "Look for them. {what}"}, "[sprout] instructions: "),
        ({"instructions": "Look for {identifiers}."}, "[sprout] instructions: "),
        ({"instructions": "{identifiers} {what} {who}"}, "[sprout] instructions: "),
        ({"instructions": "{identifiers!r} {what}"}, "[sprout] instructions: "),
        ({"instructions": "{identifiers:>99999999} {what}"}, "[sprout] instructions: "),
        ({"instructions": "{identifiers} {what} {"}, "[sprout] instructions: "),
        ({"searched_by": []}, "[sprout] searched_by: "),
        ({"searched_by": ["shoe_size"]}, "[sprout] searched_by.0: "),
    ],
)
def test_a_mistake_names_entry_and_field(changed: dict[str, Any], said: str) -> None:
    """It is found when the worker starts, not when the first task is opened."""
    with pytest.raises(BadEntry) as refused:
        by_hand(**changed)

    assert said in str(refused.value)
