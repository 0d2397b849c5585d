"""Figma, where it is unlike the others: who somebody is, how far a minute reaches, and what only people can delete."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.connector import NeedsPerson, TryLater
from connectors.figma import Figma
from dsar.identity import Identifier, Identity, Key
from dsar.records import Located, OutcomeKind, Record
from standins.figma import AUDIT_TOKEN, SCIM_TOKEN, TOKEN, comment, event, file, reaction, user, version
from tests.contract.acts import locate, walk
from tests.contract.people import ADA
from tests.contract.rigs.figma import FigmaRig

GRACE = user("815", "Grace  HOPPER")


def known_by(*, proven: bool = False, **values: str) -> Identity:
    return Identity(
        identifiers=tuple(Identifier(kind=Key(kind), value=value, proven=proven) for kind, value in values.items())
    )


@pytest.fixture
async def rig() -> AsyncIterator[FigmaRig]:
    fresh = FigmaRig()
    async with fresh.start():
        yield fresh


@pytest.fixture
async def logged() -> AsyncIterator[FigmaRig]:
    """A rig whose company has the activity log, and no SCIM."""
    fresh = FigmaRig(secret={"token": TOKEN, "audit_token": AUDIT_TOKEN})
    async with fresh.start():
        yield fresh


@pytest.fixture
async def small() -> AsyncIterator[FigmaRig]:
    """A rig whose company is on a small plan: no SCIM, no activity log."""
    fresh = FigmaRig(secret={"token": TOKEN})
    async with fresh.start():
        yield fresh


# Who somebody is


async def test_an_address_leads_to_an_account_through_scim(rig: FigmaRig) -> None:
    """The address finds the account, the account finds the comments; the account is taught to others."""
    await rig.seed(ADA, 1)

    pages = await every_page(rig, known_by(email="ADA@example.com"))

    (record,) = [record for page in pages for record in page.records]
    assert record.matched == {Key.EMAIL, Key.FIGMA_USER_ID}
    assert {each for page in pages for each in page.learned} == {
        Identifier(kind=Key.FIGMA_USER_ID, value="4711", source="figma")
    }


async def test_an_address_leads_to_an_account_through_the_log(logged: FigmaRig) -> None:
    """Page by page from the newest event, and no further than where the address is found."""
    others = [event(f"e{n}", 100 - n, user("900", "Studio"), "studio@example.com") for n in range(4)]
    await change(logged, activity_logs=[*others, event("e8", 9, GRACE, "grace@example.com"), *late_events(10)])
    await plant(logged, comment("1", "key22a", GRACE, "Nice"))

    pages = await every_page(logged, known_by(email="grace@example.com"))

    assert [record.id for page in pages for record in page.records] == ["comment:key22a:1"]
    assert await asked(logged, "/v1/activity_logs") == 3


async def test_an_address_that_the_log_does_not_know_is_nobody(logged: FigmaRig) -> None:
    """The log is read to its end, and no team is walked for nothing."""
    await change(logged, activity_logs=late_events(5))

    assert await locate(logged.connector, known_by(email="nobody@nowhere.example")) == []
    assert await asked(logged, "/v1/activity_logs") == 3
    assert await asked(logged, "/v1/teams") == 0


async def test_a_name_alone_proves_nothing(small: FigmaRig) -> None:
    """Without a way from the address to an account, whoever has the name is found, as a question for a person."""
    await plant(small, comment("1", "key22a", GRACE, "Nice"), comment("2", "key22a", user("816", "Other"), "No"))

    pages = await every_page(small, known_by(email="grace@example.com", name="Grace Hopper"))

    (record,) = [record for page in pages for record in page.records]
    assert (record.id, record.matched) == ("comment:key22a:1", frozenset({Key.NAME}))
    assert not [each for page in pages for each in page.learned]


async def test_a_namesake_is_not_found_where_the_account_is_known(rig: FigmaRig) -> None:
    """The account settles it: somebody else of the same name is somebody else."""
    await rig.seed(ADA, 1)
    await plant(rig, comment("1", "key22a", user("816", "Person 4711"), "Not hers"))

    records = await locate(rig.connector, ADA)

    assert [record.id for record in records] == ["comment:key22a:4711-0"]


async def test_an_address_without_any_way_to_look_it_up_needs_a_person(small: FigmaRig) -> None:
    """Nothing found would be a lie: nobody looked."""
    with pytest.raises(NeedsPerson) as refused:
        await locate(small.connector, known_by(email="grace@example.com"))

    assert "Admin > Members" in refused.value.instructions


async def test_a_proven_account_is_not_looked_up(rig: FigmaRig) -> None:
    """Who is known already costs no request more."""
    await rig.seed(ADA, 1)

    records = await locate(rig.connector, known_by(proven=True, email="ada@example.com", figma_user_id="4711"))

    assert [record.matched for record in records] == [{Key.FIGMA_USER_ID}]
    assert await asked(rig, "/scim") == 0


# How far a minute reaches


async def test_a_search_asks_no_more_than_it_must() -> None:
    """One request to SCIM and a team, one a project, and for each file its comments and its history, page by page."""
    rig = FigmaRig(files_per_page=10)
    async with rig.start():
        await locate(rig.connector, ADA)
        for_nobody = len(await rig.calls())
        await rig.seed(ADA, 1)
        await locate(rig.connector, ADA)

        files, versions_pages = 4, 2
        assert len(await rig.calls()) - for_nobody == 1 + 1 + 2 + files * (1 + versions_pages)


async def test_an_unknown_person_costs_one_request() -> None:
    """Where there is only SCIM, its word that there is nobody ends the search."""
    rig = FigmaRig(secret={"token": TOKEN, "scim_token": SCIM_TOKEN})
    async with rig.start():
        assert await locate(rig.connector, known_by(email="nobody@nowhere.example")) == []
        assert len(await rig.calls()) == 1


async def test_a_limit_by_the_minute_ends_the_page_and_not_the_search() -> None:
    """What was read before the refusal is kept; the search goes on from there, and nothing is missed or doubled."""
    rig = FigmaRig(files_per_page=10)
    async with rig.start():
        ids = await rig.seed(ADA, 7)
        await rig.control.post(
            "/_control/faults", json={"kind": "rate_limit", "times": 2, "path": "/files/key22b/versions"}
        )

        first = await rig.connector.locate(ADA)
        with pytest.raises(TryLater):
            await rig.connector.locate(ADA, first.cursor)
        rest = await every_page(rig, ADA, first.cursor)

        assert 0 < len(first.records) < len(ids)
        assert sorted(r.id for page in (first, *rest) for r in page.records) == sorted(ids)


async def test_an_old_entry_in_a_long_history_is_found(rig: FigmaRig) -> None:
    """A history is read to its end, and the token never follows the link that Figma gives for the next page."""
    state = await rig.state()
    state["teams"][0]["projects"][0]["files"][0]["versions"].append(version("0", GRACE))
    await rig.put(state)

    records = await locate(rig.connector, known_by(figma_user_id="815"))

    assert [record.id for record in records] == ["file:key22a"]


# What only people can delete


async def test_another_accounts_comment_is_a_task_that_says_where_to_click(rig: FigmaRig) -> None:
    """Figma forbids it, and the refusal of one comment stops nothing."""
    await plant(rig, comment("77", "key22a", GRACE, "Nice"), comment("78", "key22a", user("4711", "Ada"), "Mine"))
    theirs = await locate(rig.connector, known_by(figma_user_id="815"))
    own = await locate(rig.connector, known_by(figma_user_id="4711"))

    outcomes = await rig.connector.erase([*theirs, *own])

    assert [outcome.kind for outcome in outcomes] == [OutcomeKind.NEEDS_PERSON, OutcomeKind.ERASED]
    assert "https://www.figma.com/file/key22a#77" in outcomes[0].instructions
    assert "Move to trash" in outcomes[0].instructions
    assert await kinds_of_check(rig, [*theirs, *own]) == [OutcomeKind.REFUSED, OutcomeKind.ERASED]


async def test_where_the_tokens_account_is_known_others_comments_are_not_even_tried() -> None:
    """A request that can only be refused is not sent."""
    rig = FigmaRig(company_token_user_id="4711")
    async with rig.start():
        await plant(rig, comment("77", "key22a", GRACE, "Nice"), comment("78", "key22a", user("4711", "Ada"), "Mine"))
        records = [r for who in ("815", "4711") for r in await locate(rig.connector, known_by(figma_user_id=who))]

        outcomes = await rig.connector.erase(records)

        assert [outcome.kind for outcome in outcomes] == [OutcomeKind.NEEDS_PERSON, OutcomeKind.ERASED]
        assert [c["path"] for c in await rig.calls() if c["method"] == "DELETE"] == ["/v1/files/key22a/comments/78"]


async def test_a_file_is_a_task_and_exported_with_the_persons_entries_only(rig: FigmaRig) -> None:
    """No API deletes a file or a version; the export names nobody else who worked on it."""
    ids = await rig.seed(ADA, 2)
    file = next(record for record in await locate(rig.connector, ADA) if record.id == ids[1])

    (exported,) = await rig.connector.export([file])
    (outcome,) = await rig.connector.erase([file])

    assert (file.category, exported.data["created_by_you"]) == ("design files and assets", False)
    assert [each["id"] for each in exported.data["your_versions"]] == ["61"]
    assert "Studio" not in json.dumps(exported.data)
    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "Delete forever" in outcome.instructions


async def test_what_a_person_deleted_meanwhile_is_seen_to_be_gone(rig: FigmaRig) -> None:
    """The file was deleted by hand: nothing of it is exported, erased again, or still there."""
    await rig.seed(ADA, 3)
    records = await locate(rig.connector, ADA)
    await change(rig, teams=[{"id": "11", "name": "Studio", "projects": []}])

    exported = await rig.connector.export(records)
    outcomes = await rig.connector.erase(records)

    assert list(exported) == []
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.NOT_FOUND}
    assert set(await kinds_of_check(rig, records)) == {OutcomeKind.ERASED}


async def test_comments_of_a_file_are_asked_for_once(rig: FigmaRig) -> None:
    """Erasing and checking ten comments of a file reads the file's comments once each."""
    await plant(rig, *(comment(str(n), "key22a", GRACE, "Nice") for n in range(10)))
    records = await locate(rig.connector, known_by(figma_user_id="815"))
    before = await asked(rig, "/v1/files/key22a/comments")

    await rig.connector.check(records)
    await rig.connector.export(records)

    assert await asked(rig, "/v1/files/key22a/comments") - before == 2


# Reactions and branches


async def test_a_reaction_to_anothers_comment_is_found_told_and_taken_back(rig: FigmaRig) -> None:
    """The token's own through the interface, another account's by a person; nobody else's words are exported."""
    written = comment("77", "key22a", user("816", "Other"), "Their words")
    ada = user("4711", "Ada")
    written["reactions"] = [reaction(ada, ":heart:"), reaction(ada, ":+1:"), reaction(GRACE, ":+1:")]
    await plant(rig, written)
    hers = await locate(rig.connector, known_by(figma_user_id="4711"))
    theirs = await locate(rig.connector, known_by(figma_user_id="815"))

    (exported,) = await rig.connector.export(hers)
    outcomes = await rig.connector.erase([*hers, *theirs])
    again = await rig.connector.erase(hers)

    left = (await rig.state())["teams"][0]["projects"][0]["files"][0]["comments"][0]["reactions"]
    assert [each["emoji"] for each in exported.data["reactions"]] == [":heart:", ":+1:"]
    assert "Their words" not in json.dumps(exported.data)
    assert [outcome.kind for outcome in (*outcomes, *again)] == [
        OutcomeKind.ERASED,
        OutcomeKind.NEEDS_PERSON,
        OutcomeKind.NOT_FOUND,
    ]
    assert "https://www.figma.com/file/key22a#77" in outcomes[1].instructions
    assert [each["user"]["id"] for each in left] == ["815"]
    assert await kinds_of_check(rig, [*hers, *theirs]) == [OutcomeKind.ERASED, OutcomeKind.REFUSED]
    assert not any("4711" in record.id or "815" in record.id for record in (*hers, *theirs))


async def test_a_reaction_to_the_persons_own_comment_goes_with_it(rig: FigmaRig) -> None:
    """One record, one deletion."""
    written = comment("77", "key22a", GRACE, "Mine")
    written["reactions"] = [reaction(GRACE, ":heart:")]
    await plant(rig, written)

    records = await locate(rig.connector, known_by(figma_user_id="815"))

    assert [record.id for record in records] == ["comment:key22a:77"]


async def test_a_branch_is_searched_like_a_file(rig: FigmaRig) -> None:
    """Comments and history of a branch are not in its main file's."""
    state = await rig.state()
    branch = file("branch1", "Try", GRACE)
    branch["comments"].append(comment("5", "branch1", GRACE, "Here"))
    branch["versions"].append(version("1", GRACE, label="Her label"))
    state["teams"][0]["projects"][0]["files"][0]["branches"] = [branch]
    await rig.put(state)

    records = await locate(rig.connector, known_by(figma_user_id="815"))
    exported = await rig.connector.export(records)

    assert [record.id for record in records] == ["comment:branch1:5", "file:branch1"]
    assert [record.label for record in records] == [
        "Comment in File 22a / Try",
        "Figma file File 22a / Try",
    ]
    assert exported[1].data["your_versions"][0]["label"] == "Her label"


async def test_a_walk_meets_reactions_and_branches(rig: FigmaRig) -> None:
    """As a search would find them."""
    state = await rig.state()
    branch = file("branch1", "Try", GRACE)
    written = comment("5", "branch1", user("816", "Other"), "Here")
    written["reactions"] = [reaction(GRACE, ":heart:"), reaction(user("816", "Other"), ":heart:")]
    branch["comments"].append(written)
    state["teams"][0]["projects"][0]["files"][0]["branches"] = [branch]
    await rig.put(state)
    (found,) = await locate(rig.connector, known_by(figma_user_id="815"))

    seen = {sighting.record.id: sighting for sighting in await walk(rig.connector)}

    assert seen[found.id].record == found
    assert [each.value for each in seen[found.id].identifiers] == ["815"]
    assert sum(each.startswith("reaction:") for each in seen) == 1


# Credentials


async def test_a_bare_token_is_a_secret(rig: FigmaRig) -> None:
    """A company without SCIM and log writes the token as it is."""
    await plant(rig, comment("1", "key22a", GRACE, "Nice"))
    connector = Figma(rig.connector.config.model_copy(update={"secret": SecretStr(TOKEN)}))

    records = await locate(connector, known_by(figma_user_id="815"))
    await connector.close()

    assert [record.id for record in records] == ["comment:key22a:1"]


async def test_a_secret_that_is_neither_needs_a_person(rig: FigmaRig) -> None:
    """A JSON object without a token is told as what it is, and not repeated."""
    connector = Figma(rig.connector.config.model_copy(update={"secret": SecretStr('{"tokn": "figd_x"}')}))

    with pytest.raises(NeedsPerson) as refused:
        await locate(connector, ADA)
    await connector.close()

    assert "figd_x" not in f"{refused.value} {refused.value.instructions}"


def late_events(count: int) -> list[dict[str, Any]]:
    return [event(f"z{n}", n, user("900", "Studio"), "studio@example.com") for n in range(-count, 0)]


async def every_page(rig: FigmaRig, identity: Identity, cursor: str | None = None) -> list[Located]:
    pages = [await rig.connector.locate(identity, cursor)]
    while pages[-1].cursor:
        pages.append(await rig.connector.locate(identity, pages[-1].cursor))
    return pages


async def plant(rig: FigmaRig, *comments: dict[str, Any]) -> None:
    state = await rig.state()
    files = {each["key"]: each for project in state["teams"][0]["projects"] for each in project["files"]}
    for each in comments:
        files[each["file_key"]]["comments"].append(each)
    await rig.put(state)


async def change(rig: FigmaRig, **parts: Any) -> None:
    await rig.put(await rig.state() | parts)


async def asked(rig: FigmaRig, path: str) -> int:
    return sum(call["path"].startswith(path) for call in await rig.calls())


async def kinds_of_check(rig: FigmaRig, records: list[Record]) -> list[OutcomeKind]:
    return [outcome.kind for outcome in await rig.connector.check(records)]
