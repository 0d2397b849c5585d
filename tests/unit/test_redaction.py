"""Other people's data does not leave with the person's; the person's own does, however it is written."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.forbidden_kinds import Forbidden
from dsar.identity import Identifier, Identity, Key
from dsar.others import OTHER, SHOWN, Others
from dsar.records import Exported, FileRef
from dsar.redaction import Screen
from tests.unit.outbound_rig import ADA, BOB, HOUSE, MINE, screen

BOB_JONES = {"object": "user", "id": "u-bob", "name": "Bob Jones", "type": "person", "person": {"email": BOB}}


def shown(text: str, *learned: str) -> str:
    by = screen()
    for name in learned:
        by.others.learn(name)  # type: ignore[union-attr]
    return by.text(text)


STAYS = [
    f"write to {MINE} or ADA@EXAMPLE.COM or {HOUSE} or mo@team.opensession.co",
    "git@github.com:org/repo.git, noreply@vendor.example, logo@2x.png, @ada, a @ b, user@localhost",
    "Ada Lovelace <ada@example.com> called from +1 (415) 555-0199",
    "https://example.com/u?email=ada%40example.com",
    "call +1 212 555 0100 or (212) 555-0100",
    "Bob said yes",
]


@pytest.mark.parametrize("text", STAYS)
def test_what_is_the_persons_or_the_companys_stays(text: str) -> None:
    """Their addresses, telephones, and what only looks like an address."""
    assert shown(text) == text


GOES = [
    (f"ask {BOB}, please", "ask [another person], please"),
    (f"Bob Jones <{BOB}> wrote", "[another person] wrote"),
    (f'"Jones, Bob" <{BOB}>;', "[another person];"),
    (f"see https://x.example/u?to={BOB.replace('@', '%40')}&x=1", "see https://x.example/u?to=[another person]&x=1"),
    (f"mailto:{BOB}", "mailto:[another person]"),
    (f"{BOB} +1 212 555 0100", "[another person] [another person]"),
    (f"ada+news@example.com, not {MINE}", "[another person], not ada@example.com"),
    ("jörg@müller.example", "[another person]"),
    (f"From: Bob <{BOB}>\nTo: {MINE}", "From: [another person]\nTo: ada@example.com"),
]


@pytest.mark.parametrize(("text", "expected"), GOES)
def test_who_else_is_named_by_an_address_is_taken_out(text: str, expected: str) -> None:
    """With the name before it, and the telephone beside it."""
    assert shown(text) == expected


def test_names_that_were_learned_are_found_in_texts() -> None:
    """In any case and spacing; not within another word, and not a single common word."""
    text = "Bob Jones and BOB\n jones met Bob Jonesson, Will and Ada Lovelace. Will Bob?"

    assert shown(text, "Bob Jones", "Will", "Ada Lovelace") == (
        "[another person] and [another person] met Bob Jonesson, Will and Ada Lovelace. Will Bob?"
    )


def test_a_mail_provider_is_nobodys_company() -> None:
    """Where the controller has its address at one, only that address is its own."""
    by = Screen(Others(ADA, "studio@gmail.com"))

    assert by.text("studio@gmail.com or bob@gmail.com") == "studio@gmail.com or [another person]"


def test_what_was_only_claimed_is_not_the_persons_where_something_was_proved() -> None:
    """A second address that somebody wrote into the request opens nothing of whoever it belongs to."""
    claimed = Identity(identifiers=(*ADA.identifiers, Identifier(kind=Key.EMAIL, value=BOB)))

    assert Screen(Others(claimed, HOUSE)).text(f"{BOB} {MINE}") == f"{SHOWN} {MINE}"


BLOCKS: list[tuple[dict[str, Any], list[str], list[str]]] = [
    ({"created_by": BOB_JONES}, ["Bob Jones", BOB], ["u-bob", "person"]),
    ({"people": [{**BOB_JONES, "id": "u-ada", "name": "Countess"}]}, [], ["Countess"]),
    ({"created_by": {"object": "user", "id": "u-ada", "name": "A. King"}}, [], ["A. King"]),
    ({"user": {"id": "7", "handle": "pixelbob", "img_url": "https://x.example/p.png"}}, ["pixelbob", "p.png"], ["7"]),
    ({"assignees": [{"name": "Eve", "id": 1}, {"name": "Ada Lovelace", "id": 2}]}, ["Eve"], ["Ada Lovelace"]),
    ({"contact": {"full_name": "Eve Stone", "email": "eve@x.example", "phone": "12345"}}, ["Eve", "12345"], []),
    ({"a": {"name": "Eve Stone", "email": "eve@x.example", "note": "hi"}}, ["Eve Stone", "eve@"], ["hi"]),
    ({"name": "Somebody", "email": "old@x.example", "note": "hi"}, ["old@"], ["Somebody", "hi"]),
    ({"a": {"first_name": "Ada", "last_name": "Lovelace", "email": "old@x.example"}}, ["old@"], ["Ada", "Lovelace"]),
    ({"author": "Bob Jones", "text": "thanks, Bob Jones"}, ["Bob Jones"], ["thanks"]),
    ({"author": "Ada King", "owner": "Acme Design", "from": "New York"}, [], ["Ada King", "Acme Design", "New York"]),
    ({"created_by": {"object": "user", "id": "b", "name": "Sync", "type": "bot"}}, [], ["Sync"]),
    ({"select": {"id": "Won", "name": "Won"}, "user": None, "users": []}, [], ["Won"]),
    ({BOB: {"n": 1}, "eve@x.example": {"n": 2}}, [BOB, "eve@"], ['"n": 1', '"n": 2']),
    (
        {"rich_text": [{"plain_text": "@Bob", "mention": {"type": "user", "user": BOB_JONES}}, {"plain_text": " hi"}]},
        ["Bob", BOB],
        [" hi", "u-bob"],
    ),
]


@pytest.mark.parametrize(("data", "gone", "kept"), BLOCKS)
def test_an_object_about_somebody_else_keeps_its_shape_and_loses_the_person(
    data: dict[str, Any], gone: list[str], kept: list[str]
) -> None:
    """Whose it is, it says itself: by an address, an id, a name; the data subject's own stay whole."""
    by = screen()
    by.learn(data)

    out = by.value(data)

    said = json.dumps(out)
    assert not [each for each in gone if each in said]
    assert not [each for each in kept if each not in said]
    assert len(out) == len(data)


def test_without_anybody_to_tell_apart_only_what_is_forbidden_is_taken_out() -> None:
    """The identity is not always known."""
    assert Screen().text(f"{BOB}, SSN 123-45-6789").startswith(f"{BOB}, SSN [held")


def test_a_record_leaves_with_its_names_looked_through() -> None:
    """Label, id and the names of files are texts too; what leads to the file stays as it is."""
    item = Exported(
        record_id=f"clients/{BOB}/a.txt",
        category="contracts",
        label=f"Mail of {BOB}",
        data={"k": "v"},
        files=(FileRef(name=f"{BOB} 123-45-6789.txt", locator=f"s3:{BOB}"),),
    )
    by = screen()

    out = by.exported(item)

    assert BOB not in out.record_id + out.label + out.files[0].name
    assert "123-45-6789" not in out.files[0].name
    assert out.files[0].locator == f"s3:{BOB}"
    assert by.found == {OTHER: 3, Forbidden.SSN: 1}


def test_what_is_counted_is_kinds_and_never_values() -> None:
    """A second, quiet look is not counted."""
    by = screen()

    by.value({"author": BOB_JONES, "note": f"password: hunter2, {BOB}"})
    by.quiet().text(BOB)

    assert by.found == {OTHER: 3, Forbidden.PASSWORD: 1}


@settings(max_examples=150, deadline=None)
@given(
    st.from_regex(r"[a-z0-9][a-z0-9._+-]{0,20}[a-z0-9]", fullmatch=True),
    st.from_regex(r"([a-z0-9]{1,10}\.){1,3}[a-z]{2,6}", fullmatch=True),
    st.text("ab ,;:<>()\n\"'", max_size=6),
)
def test_every_address_but_the_persons_and_the_companys_is_taken_out(local: str, domain: str, around: str) -> None:
    """Wherever it stands."""
    address = f"{local}@{domain}"
    if address == MINE or domain.endswith("opensession.co") or local in {"git", "noreply", "postmaster"}:
        return

    assert address not in shown(f"{around} {address} {around}")


@settings(max_examples=150, deadline=None)
@given(st.text('abc@.<>" +1234567890\nBJobnes', max_size=200))
def test_the_persons_own_address_survives_any_company(text: str) -> None:
    """Set apart by spaces, it stays whatever stands around it."""
    assert f" {MINE} " in shown(f"{text} \n; {MINE} ; \n{text}")
