"""What is peculiar about correcting and walking through Mailchimp, as sentences."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.mailchimp import Mailchimp
from connectors.mailchimp_address import in_line, in_parts
from connectors.mailchimp_config import MailchimpConfig
from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key
from dsar.records import Outcome, OutcomeKind, Record
from standins.mailchimp_account import digest
from tests.contract.acts import FIELDS, locate, walk
from tests.contract.people import ADA
from tests.contract.rigs.mailchimp import MailchimpRig

NEW = "ada.lovelace@new.example"
HOME = {"addr1": "12 Main St", "addr2": "", "city": "Springfield", "state": "IL", "zip": "62701", "country": "US"}


@pytest.fixture
async def rig() -> AsyncIterator[MailchimpRig]:
    fresh = MailchimpRig()
    async with fresh.start():
        yield fresh


async def holding(rig: MailchimpRig, *contacts: dict[str, Any], **audience: Any) -> list[Record]:
    """An account with one audience of these contacts; Ada's records."""
    members = [{"email_address": "ada@example.com", "status": "subscribed"} | each for each in contacts]
    await rig.put({"search_limit": 30, "lists": {"news": {"members": members, **audience}}})
    return await locate(rig.connector, ADA)


async def contacts(rig: MailchimpRig) -> list[dict[str, Any]]:
    held: list[dict[str, Any]] = (await rig.state())["lists"]["news"]["members"]
    return held


async def corrected(rig: MailchimpRig, records: list[Record], **wished: str) -> Outcome:
    """One contact, made to say this."""
    (outcome,) = await rig.connector.rectify(records, [{Field(name): value for name, value in wished.items()}])
    return outcome


def known_by(address: str) -> Identity:
    return Identity(identifiers=(Identifier(kind=Key.EMAIL, value=address),))


async def test_a_new_address_makes_another_hash_and_the_same_record(rig: MailchimpRig) -> None:
    """A search for the new address finds the contact under the id that it had; one for the old finds nobody."""
    records = await holding(rig, {"status": "subscribed"})

    await corrected(rig, records, email=NEW)

    found = await locate(rig.connector, known_by(NEW))
    assert [record.id for record in found] == [record.id for record in records]
    assert found[0].state["hash"] == digest(NEW)
    assert await locate(rig.connector, ADA) == []


async def test_a_record_with_an_old_address_still_leads_to_the_contact(rig: MailchimpRig) -> None:
    """What was found before the correction is exported, suppressed, put back, erased and checked after it."""
    records = await holding(rig, {"notes": [{"id": 1, "note": "called"}]})
    await corrected(rig, records, email=NEW)

    exported = await rig.connector.export(records)
    (suppressed,) = await rig.connector.suppress(records)
    (restored,) = await rig.connector.restore(records)
    (still_there,) = await rig.connector.check(records)
    (erased,) = await rig.connector.erase(records)

    assert [each.data["member"]["email_address"] for each in exported] == [NEW]
    assert exported[0].data["notes"]
    kinds = [outcome.kind for outcome in (suppressed, restored, still_there, erased)]
    assert kinds == [OutcomeKind.SUPPRESSED, OutcomeKind.RESTORED, OutcomeKind.REFUSED, OutcomeKind.ERASED]
    assert await contacts(rig) == []


@pytest.mark.parametrize("status", ["unsubscribed", "cleaned", "pending", "transactional", "archived"])
async def test_who_is_not_subscribed_keeps_the_address_and_a_person_is_told(rig: MailchimpRig, status: str) -> None:
    """Mailchimp changes the addresses of subscribed contacts only; the rest of the correction is made all the same."""
    records = await holding(rig, {"status": status, "merge_fields": {"FNAME": "Eda"}})

    outcome = await corrected(rig, records, email=NEW, first_name="Ada")

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert NEW in outcome.instructions
    assert status in outcome.instructions
    (held,) = await contacts(rig)
    assert (held["email_address"], held["merge_fields"]["FNAME"]) == ("ada@example.com", "Ada")


@pytest.mark.parametrize(
    ("other", "forgotten"), [({"email_address": NEW, "status": "archived"}, []), ({}, [digest(NEW)])]
)
async def test_an_address_that_is_taken_or_was_deleted_for_good_is_a_persons_task(
    rig: MailchimpRig, other: dict[str, Any], forgotten: list[str]
) -> None:
    """Two contacts are not made one, and Mailchimp lets nobody in again whom it forgot; nothing is changed then."""
    records = await holding(rig, {}, *([other] if other else []), forgotten=forgotten)
    before = await contacts(rig)

    outcome = await corrected(rig, records, email=NEW, first_name="Ada")

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "Mailchimp refuses it" in outcome.instructions
    assert await contacts(rig) == before


@pytest.mark.parametrize(
    ("held", "wished", "becomes"),
    [
        ({"FNAME": "Eda", "LNAME": "Lovelace"}, "Ada Lovelace", ("Ada", "Lovelace")),
        ({"FNAME": "", "LNAME": ""}, "Ada Lovelace", ("Ada", "Lovelace")),
        ({"FNAME": "Eda", "LNAME": ""}, "Ada", ("Ada", "")),
        ({"FNAME": "Ada King", "LNAME": "Lovelace"}, "Ada Lovelace", None),
        ({"FNAME": "", "LNAME": "Lovelace"}, "Ada Lovelace", None),
        ({"FNAME": "Louis", "LNAME": "Beethoven"}, "Ludwig van Beethoven", None),
    ],
)
async def test_a_whole_name_is_written_where_its_parts_are_plain(
    rig: MailchimpRig, held: dict[str, str], wished: str, becomes: tuple[str, str] | None
) -> None:
    """One word each, now and before: what could not be put back, or would be guessed, is a person's task."""
    records = await holding(rig, {"merge_fields": held})

    outcome = await corrected(rig, records, name=wished)

    (contact,) = await contacts(rig)
    assert outcome.kind is (OutcomeKind.RECTIFIED if becomes else OutcomeKind.NEEDS_PERSON)
    assert (contact["merge_fields"]["FNAME"], contact["merge_fields"]["LNAME"]) == (becomes or tuple(held.values()))


async def test_parts_that_are_named_make_the_whole_name(rig: MailchimpRig) -> None:
    """Who says which is which is not asked again."""
    records = await holding(rig, {"merge_fields": {"FNAME": "Louis", "LNAME": "Beethoven"}})

    outcome = await corrected(rig, records, name="Ludwig van Beethoven", first_name="Ludwig", last_name="van Beethoven")

    (values,) = await rig.connector.values(records, [Field.NAME])
    assert outcome.kind is OutcomeKind.RECTIFIED
    assert values == {Field.NAME: "Ludwig van Beethoven"}


@pytest.mark.parametrize(
    ("held", "wished", "becomes"),
    [
        ("", "12 Main St, Springfield, IL 62701", HOME),
        (HOME, "1 Elm St, Apt 2, Springfield, IL, 62702, US", {"addr1": "1 Elm St", "addr2": "Apt 2", "zip": "62702"}),
        (HOME, "12 St James's Square\nLondon\nEngland\nSW1Y 4LE\nGB", {"city": "London", "country": "GB"}),
        (HOME | {"country": "DE"}, "12 Main St, Springfield, IL 62701", None),
        (HOME, "Musterstrasse 1, 10115 Berlin", None),
        (HOME, "12 St James's Square, London, England, SW1Y 4LE, United Kingdom", None),
        (HOME | {"addr1": "Flat 1, 12 Main St"}, "1 Elm St, Springfield, IL 62702", None),
    ],
)
async def test_an_address_goes_into_its_parts_where_they_can_be_told(
    rig: MailchimpRig, held: Any, wished: str, becomes: dict[str, str] | None
) -> None:
    """Mailchimp wants street, city, state and code; what cannot be told, or could not be put back, a person types."""
    records = await holding(rig, {"merge_fields": {"ADDRESS": held}})
    (old,) = await rig.connector.values(records, [Field.ADDRESS])

    outcome = await corrected(rig, records, address=wished)
    after = (await contacts(rig))[0]["merge_fields"]["ADDRESS"]
    await corrected(rig, records, address=(old or {})[Field.ADDRESS])

    assert outcome.kind is (OutcomeKind.NEEDS_PERSON if becomes is None else OutcomeKind.RECTIFIED)
    assert after == (held if becomes is None else after | becomes)
    assert (await contacts(rig))[0]["merge_fields"]["ADDRESS"] == held


async def test_an_address_in_a_plain_field_is_plain_text(rig: MailchimpRig) -> None:
    """Some companies keep it in a line: the audience says which it is, also where it is empty."""
    kinds = {"FNAME": "text", "LNAME": "text", "ADDRESS": "text"}
    records = await holding(rig, {}, merge_fields=kinds)

    outcome = await corrected(rig, records, address="Musterstrasse 1, 10115 Berlin")

    assert outcome.kind is OutcomeKind.RECTIFIED
    assert (await contacts(rig))[0]["merge_fields"]["ADDRESS"] == "Musterstrasse 1, 10115 Berlin"


async def test_a_field_that_the_audience_lacks_is_left_out(rig: MailchimpRig) -> None:
    """Nothing is invented: no company, no phone."""
    records = await holding(rig, {}, merge_fields={"FNAME": "text"})

    (values,) = await rig.connector.values(records, FIELDS)

    assert values == {Field.EMAIL: "ada@example.com", Field.FIRST_NAME: "", Field.NAME: ""}


@pytest.mark.parametrize("shown", [True, False])
async def test_archived_contacts_are_met_once_however_mailchimp_lists_them(rig: MailchimpRig, *, shown: bool) -> None:
    """Among the others or only when asked for: its reference does not say."""
    others = [{"email_address": f"{n}@x.example", "status": "archived" if n % 2 else "cleaned"} for n in range(5)]
    await holding(rig, *others)
    await rig.put({**await rig.state(), "lists_archived": shown})

    seen = await walk(rig.connector)

    assert sorted(s.identifiers[0].value for s in seen) == [f"{n}@x.example" for n in range(5)]


async def test_an_audience_that_was_deleted_ends_no_walk(rig: MailchimpRig) -> None:
    """It is passed over, and so is one without contacts."""
    members = [{"email_address": f"{n}@x.example"} for n in range(3)]
    await rig.put({"lists": {name: {"members": members} for name in ("a", "b", "c")}})
    first = await rig.connector.walk()
    state = await rig.state()
    await rig.put({**state, "lists": {"b": {"members": []}, "c": state["lists"]["c"]}})

    seen = await walk(rig.connector, first.cursor)

    assert {s.record.state["list_id"] for s in seen} == {"c"}
    assert len(seen) == 3


async def test_a_walk_says_the_numbers_that_a_contact_carries(rig: MailchimpRig) -> None:
    """By the merge tags that the entry names; an empty one says nothing."""
    await holding(rig, {"merge_fields": {"CUSTOMERID": 4711, "GACLIENTID": " "}})

    (sighting,) = await walk(rig.connector)

    assert [(i.kind, i.value) for i in sighting.identifiers] == [
        (Key.EMAIL, "ada@example.com"),
        (Key.CUSTOMER_ID, "4711"),
    ]
    assert sighting.record.matched == {Key.EMAIL, Key.CUSTOMER_ID}


def test_the_entry_names_other_merge_tags() -> None:
    """Beside the usual ones, or in place of them; an empty one takes a field away. The address has none."""
    entry: dict[str, Any] = {"name": "m", "kind": "mailchimp", "title": "M", "base_url": "", "secret": ""}

    config = MailchimpConfig.model_validate(entry | {"fields": {"company": "MMERGE6", "name": "WHOLE", "phone": ""}})

    assert config.merge_tags == {
        Field.FIRST_NAME: "FNAME",
        Field.LAST_NAME: "LNAME",
        Field.ADDRESS: "ADDRESS",
        Field.COMPANY: "MMERGE6",
        Field.NAME: "WHOLE",
    }
    with pytest.raises(ValidationError, match="the contact's own"):
        Mailchimp.Config.model_validate(entry | {"fields": {"email": "EMAIL"}})


@pytest.mark.parametrize("line", ["12 Main St, Springfield, IL, 62701, US", "1 Elm St, Apt 2, Bath, Avon, BA1 1AA, GB"])
def test_an_address_in_parts_is_the_same_line_again(line: str) -> None:
    """What is read can be written back."""
    assert in_line(in_parts(line) or {}) == line
