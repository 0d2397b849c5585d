"""What Google Drive is peculiar about: folders that take others' files with them, guests, the trash, documents."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from google.auth import jwt
from pydantic import ValidationError

from connectors.connector import Ability, NeedsPerson, TryLater
from connectors.drive import GoogleDrive
from connectors.drive_erasure import MARK, NOT_EMPTY
from connectors.drive_search import Spot
from dsar.identity import Identifier, Identity, Key
from dsar.records import OutcomeKind, Record
from standins.drive import FOLDER
from standins.serving import serving
from tests.contract.acts import locate, walk
from tests.contract.rigs.drive import DRIVE, ROOT, DriveRig, config, state

DOCUMENT = "application/vnd.google-apps.document"
ME = Identity(
    identifiers=(
        Identifier(kind=Key.CUSTOMER_ID, value="42"),
        Identifier(kind=Key.EMAIL, value="Ada@example.com"),
    )
)
GUEST = {"id": "0815", "email": "ada@example.com"}


def folder(name: str, parent: str = ROOT, **more: Any) -> dict[str, Any]:
    return {"name": name, "mime": FOLDER, "parents": [parent], **more}


def file(name: str, parent: str = "mine", **more: Any) -> dict[str, Any]:
    return {"name": name, "parents": [parent], "body": f"content of {name}", **more}


@pytest.fixture
async def rig() -> AsyncIterator[DriveRig]:
    fresh = DriveRig()
    async with fresh.start():
        yield fresh


async def holding(rig: DriveRig, **files: dict[str, Any]) -> list[Record]:
    """Give the stand-in these files, and find the person's."""
    await rig.put(state(files))
    return await locate(rig.connector, ME)


async def left(rig: DriveRig) -> set[str]:
    return set((await rig.state())["files"])


def by_label(records: list[Record], outcomes: Any) -> dict[str, OutcomeKind]:
    return {record.label: outcome.kind for record, outcome in zip(records, outcomes, strict=True)}


async def test_a_folder_comes_after_what_is_in_it_and_goes_only_when_empty(rig: DriveRig) -> None:
    """Deleting a folder deletes all that is in it: so it is asked what is left, whoever that belongs to."""
    records = await holding(
        rig,
        mine=folder("Client 42"),
        deep=folder("invoices", "mine"),
        a=file("a", "deep"),
        b=file("b"),
        theirs=file("a colleague's", owner="colleague@example.org"),
        other=folder("Client 421"),
        c=file("c", "other"),
    )

    outcomes = await rig.connector.erase(records)
    after = await left(rig)
    held = await rig.state()
    del held["files"]["theirs"]
    await rig.put(held)
    later = await rig.connector.erase([record for record in records if record.label == "Client 42"])

    labels = [record.label for record in records]
    assert labels.index("Client 42") > labels.index("Client 42/invoices") > labels.index("Client 42/invoices/a")
    assert by_label(records, outcomes) == {
        "Client 42/a colleague's": OutcomeKind.NEEDS_PERSON,
        "Client 42/b": OutcomeKind.ERASED,
        "Client 42/invoices/a": OutcomeKind.ERASED,
        "Client 42/invoices": OutcomeKind.ERASED,
        "Client 42": OutcomeKind.RETAINED,
    }
    assert NOT_EMPTY in {outcome.basis for outcome in outcomes}
    assert after == {"mine", "theirs", "other", "c"}
    assert [outcome.kind for outcome in later] == [OutcomeKind.ERASED]
    assert await left(rig) == {"other", "c"}


async def test_what_our_account_may_not_delete_is_a_persons_task(rig: DriveRig) -> None:
    """Named by its link, with who can do it; nothing is tried."""
    records = await holding(
        rig,
        mine=folder("Client 42", drive=DRIVE),
        a=file("a", drive=DRIVE, managed=False),
        b=file("b", owner="x@y.org"),
    )

    erased = await rig.connector.erase(records[:2])
    trashed = await rig.connector.suppress(records[:2])
    marked = await rig.connector.restrict(records[:2])

    assert {outcome.kind for outcome in (*erased, *trashed, *marked)} == {OutcomeKind.NEEDS_PERSON}
    assert "https://drive.google.com/open?id=a" in erased[0].instructions
    assert {each["method"] for each in await rig.calls()} == {"GET", "POST"}


async def test_the_access_of_a_guest_is_taken_away_and_the_file_stays(rig: DriveRig) -> None:
    """However the address is written; not an owner's, not one that is inherited, and nobody else's."""
    guests = [{**GUEST, "email": "ADA@Example.com"}, {"id": "9", "email": "ada@example.com.mx"}]
    records = await holding(
        rig,
        brief=file("brief", "x", drive=DRIVE, permissions=guests),
        above=folder("shared", "x", permissions=[{**GUEST, "role": "writer"}]),
        below=file("below", "above", permissions=[{**GUEST, "inherited": True}]),
        hers=file("hers", "x", owner="ada@example.com", permissions=[{**GUEST, "role": "owner"}]),
        other=file("other", "x", permissions=[{"id": "9", "email": "xada@example.com"}]),
    )

    exported = await rig.connector.export(records)
    suppressed = await rig.connector.suppress(records)
    outcomes = [*await rig.connector.erase(records), *await rig.connector.check(records)]
    again = await rig.connector.erase(records)

    assert [record.label for record in records] == ["access to shared", "access to brief"]
    assert {record.matched for record in records} == {frozenset({Key.EMAIL})}
    assert {record.category for record in records} == {"contact information and communications"}
    assert [each.data["role"] for each in exported] == ["writer", "reader"]
    assert {outcome.kind for outcome in suppressed} == {OutcomeKind.NOT_FOUND}
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
    assert {outcome.kind for outcome in again} == {OutcomeKind.NOT_FOUND}
    files = (await rig.state())["files"]
    assert [each["id"] for each in files["brief"]["permissions"]] == ["9"]
    assert set(files) == {"brief", "above", "below", "hers", "other"}
    assert not [record.id for record in records if "0815" in record.id]


async def test_the_membership_of_a_shared_drive_is_an_access_like_any_other(rig: DriveRig) -> None:
    """It reaches every file there, and is taken away where it was given."""
    files = {"a": file("a", DRIVE, drive=DRIVE, permissions=[{**GUEST, "inherited": True}])}
    drives = {DRIVE: {"name": "Studio", "permissions": [GUEST, {"id": "1", "email": "us@example.com"}]}}
    drives |= {f"0B{n}": {"name": "other"} for n in range(100)}
    await rig.put(state(files) | {"drives": drives})

    records = await locate(rig.connector, ME)
    (exported,) = await rig.connector.export(records)
    outcomes = [*await rig.connector.erase(records), *await rig.connector.check(records)]

    assert [(record.label, record.matched) for record in records] == [("access to Studio", frozenset({Key.EMAIL}))]
    assert exported.data == {"role": "reader", "shared_with": "ada@example.com", "type": "user"}
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}
    assert [each["id"] for each in (await rig.state())["drives"][DRIVE]["permissions"]] == ["1"]


async def test_a_query_finds_for_a_person_to_judge_what_no_property_proves() -> None:
    """And what the person's folder has already is not found a second time."""
    queries = ("fullText contains '{email}'", "properties has { key='customer' and value='{customer_id}' }")
    rig = DriveRig(queries=queries)

    async with rig.start():
        records = await holding(
            rig,
            mine=folder("Client 42"),
            a=file("a", properties={"customer": "42"}),
            minutes={"name": "minutes", "body": "with ada@example.com"},
            tagged={"name": "tagged", "properties": {"customer": "42"}},
            other={"name": "other", "properties": {"customer": "421"}},
        )

    assert {record.label: record.matched for record in records} == {
        "Client 42/a": {Key.CUSTOMER_ID},
        "Client 42": {Key.CUSTOMER_ID},
        "minutes": frozenset(),
        "tagged": {Key.CUSTOMER_ID},
    }


async def test_what_was_in_the_trash_before_stays_there_when_the_rest_is_put_back(rig: DriveRig) -> None:
    """It is the person's, too, and is erased from there."""
    records = await holding(rig, mine=folder("Client 42"), a=file("a", trashed=True), b=file("b"))

    await rig.connector.suppress(records)
    between = {key for key, each in (await rig.state())["files"].items() if each["trashed"]}
    await rig.connector.restore(records)
    after = {key for key, each in (await rig.state())["files"].items() if each["trashed"]}
    outcomes = await rig.connector.erase(records)

    assert between == {"a", "b"}
    assert after == {"a"}
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}


async def test_a_mark_is_taken_off_a_file_by_who_set_it_only(rig: DriveRig) -> None:
    """And other properties stay; a folder is marked, too."""
    first = await holding(rig, mine=folder("Client 42"), a=file("a", properties={"team": "x"}))
    second = await locate(rig.connector, ME)

    await rig.connector.restrict(first)
    await rig.connector.restrict(second)
    await rig.connector.restore(second)
    marked = {key: each["properties"] for key, each in (await rig.state())["files"].items()}
    await rig.connector.restore(first)
    unmarked = {key: each["properties"] for key, each in (await rig.state())["files"].items()}

    located = {record.state["file"]: record.state["located"] for record in first}
    assert marked == {"mine": {MARK: located["mine"]}, "a": {"team": "x", MARK: located["a"]}}
    assert unmarked == {"mine": {}, "a": {"team": "x"}}


async def test_googles_own_documents_are_exported_as_what_others_can_open(rig: DriveRig) -> None:
    """Files come as they are; what has no content, or none for us, says so."""
    form = "application/vnd.google-apps.form"
    records = await holding(
        rig, mine=folder("Client 42"), a=file("a", mime=DOCUMENT), b=file("b", mime="image/png"), c=file("c", mime=form)
    )

    exported = {each.label: each for each in await rig.connector.export(records)}
    bodies = {
        given.name: b"".join([chunk async for chunk in rig.connector.open(given)])
        for each in exported.values()
        for given in each.files
    }

    assert bodies == {"a.docx": b"PKcontent of a", "b": b"content of b"}
    assert exported["Client 42/c"].data["content"] == "Google Drive does not hand it out"
    assert "content" not in exported["Client 42"].data


async def test_a_document_that_google_does_not_export_whole_needs_a_person(rig: DriveRig) -> None:
    """With the reason that is Google's, and the document's link."""
    records = await holding(rig, mine=folder("Client 42"), a=file("a", mime=DOCUMENT, export_too_large=True))
    exported = await rig.connector.export(records)

    with pytest.raises(NeedsPerson) as refused:
        [chunk async for chunk in rig.connector.open(exported[0].files[0])]

    assert "10 MB" in refused.value.instructions
    assert "open?id=a" in refused.value.instructions


@pytest.mark.parametrize("mime", [DOCUMENT, "text/plain"])
async def test_content_that_is_a_proxys_page_or_went_away_is_tried_again(rig: DriveRig, mime: str) -> None:
    """No error page is ever handed out as somebody's document."""
    records = await holding(rig, mine=folder("Client 42"), a=file("a", mime=mime))
    exported = await rig.connector.export(records)

    await rig.fault("html")
    with pytest.raises(TryLater):
        [chunk async for chunk in rig.connector.open(exported[0].files[0])]
    await rig.connector.erase(records)
    with pytest.raises(TryLater, match="went away"):
        [chunk async for chunk in rig.connector.open(exported[0].files[0])]


async def test_rules_give_a_category_by_path() -> None:
    """The first that matches; what no rule matches has the default category."""
    rig = DriveRig(rules=({"pattern": "*/invoices/*", "category": "financial records and invoices"},))

    async with rig.start():
        records = await holding(
            rig, mine=folder("Client 42"), deep=folder("invoices", "mine"), a=file("1.pdf", "deep"), b=file("logo")
        )

    assert {record.label: record.category for record in records} == {
        "Client 42/logo": "design files and assets",
        "Client 42/invoices/1.pdf": "financial records and invoices",
        "Client 42/invoices": "design files and assets",
        "Client 42": "design files and assets",
    }


async def test_a_walk_meets_what_is_nobodys_too(rig: DriveRig) -> None:
    """It carries no identifier, and neither does a folder that is called otherwise."""
    await rig.put(
        state(
            {
                "mine": folder("Client 42"),
                "a": file("a"),
                "loose": file("loose", ROOT),
                "templates": folder("Templates"),
                "b": file("b", "templates"),
            }
        )
    )

    seen = await walk(rig.connector)

    assert {each.record.label: {i.value for i in each.identifiers} for each in seen} == {
        "Client 42": {"42"},
        "Client 42/a": {"42"},
        "loose": set(),
        "Templates": set(),
        "Templates/b": set(),
    }


def test_an_entry_that_names_nobody_or_nothing_is_refused() -> None:
    """A folder's name without a placeholder would be everybody's; and something has to be looked for."""
    with pytest.raises(ValidationError, match="names no person"):
        config("http://127.0.0.1", folders=({"root": ROOT, "name": "Clients"},))
    with pytest.raises(ValidationError, match="nothing to look for"):
        config("http://127.0.0.1", folders=(), guests=False)


async def test_without_folders_nobody_walks() -> None:
    """A query needs somebody to ask for."""
    rig = DriveRig(folders=())

    async with rig.start():
        assert Ability.WALK not in rig.connector.can


async def test_a_search_that_google_left_incomplete_is_tried_again() -> None:
    """`incompleteSearch` is a 200 in which a whole drive may be missing."""
    rig = DriveRig()

    async with rig.start():
        await rig.put(state({"mine": folder("Client 42")}) | {"incomplete": True})
        with pytest.raises(TryLater, match="everything"):
            await locate(rig.connector, ME)


async def test_the_service_account_acts_for_whom_the_entry_names() -> None:
    """By the claim that domain-wide delegation is made of."""
    claims: list[dict[str, Any]] = []

    async def token(request: web.Request) -> web.Response:
        assertion = str((await request.post())["assertion"])
        claims.append(jwt.decode(assertion, verify=False))  # type: ignore[no-untyped-call]
        return web.json_response({}, status=400)

    gateway = web.Application()
    gateway.router.add_post("/token", token)
    async with serving(gateway) as address:
        connector = GoogleDrive(config(address, subject="privacy@example.com"))
        with pytest.raises(NeedsPerson):
            await locate(connector, ME)
        await connector.close()

    assert [each["sub"] for each in claims] == ["privacy@example.com"]


async def test_a_walks_cursor_does_not_grow_with_the_drive(rig: DriveRig) -> None:
    """It holds the folders of one page, not those of everybody: they are listed before the next page is asked for."""
    folders = {f"f{n:02}": folder(f"Client {n}") for n in range(20)}
    await rig.put(state(folders | {f"g{n:02}": file("a", f"f{n:02}") for n in range(20)}))

    page = await rig.connector.walk()
    seen, most = len(page.sightings), 0
    while page.cursor is not None:
        spot = Spot.model_validate_json(page.cursor)
        most = max(most, len(spot.open) + len(spot.done))
        page = await rig.connector.walk(page.cursor)
        seen += len(page.sightings)

    assert seen == 40
    assert most == 2
