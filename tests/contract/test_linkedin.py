"""LinkedIn, where it is unlike the others: a batch that succeeds in part, versions that end, and nobody to be seen."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from connectors.connector import NeedsPerson, TryLater
from connectors.sent_lists import email_sha256
from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key
from dsar.records import Anchor, OutcomeKind, Record
from standins.linkedin import ACCOUNT
from tests.contract.acts import locate
from tests.contract.people import ADA
from tests.contract.rigs.linkedin import STREAMED, LinkedInRig

NOW = datetime.now(UTC)
FIRST, SECOND = "ada@example.com", "ada@lovelace.example"
BOTH = Identity(identifiers=tuple(Identifier(kind=Key.EMAIL, value=each) for each in (FIRST, SECOND)))


@pytest.fixture
async def rig() -> AsyncIterator[LinkedInRig]:
    fresh = LinkedInRig(clock=lambda: NOW)
    async with fresh.start():
        yield fresh


@pytest.fixture
async def unrecorded() -> AsyncIterator[LinkedInRig]:
    """A rig whose company keeps no list of what it uploads, and has an Insight Tag."""
    fresh = LinkedInRig(clock=lambda: NOW, sent_lists=None, insight_tags=("9001",))
    async with fresh.start():
        yield fresh


async def test_a_removal_is_a_promise_with_a_day_to_look_again(rig: LinkedInRig) -> None:
    """LinkedIn says that it took the order, never that somebody is gone."""
    await rig.seed(ADA, 1)
    records = await locate(rig.connector, ADA)

    (erased,) = await rig.connector.erase(records)
    (checked,) = await rig.connector.check(records)

    assert (erased.kind, erased.check_after) == (OutcomeKind.ACCEPTED, NOW + timedelta(hours=48))
    assert checked.kind is OutcomeKind.ACCEPTED


async def test_a_batch_that_was_refused_in_part_is_done_in_part(rig: LinkedInRig) -> None:
    """The call answers 200; what counts is the status of each element, and who is refused is a person's task."""
    records = await twice(rig)
    await rig.put(await rig.state() | {"refuse": {email_sha256(SECOND): 400}})

    first, second = await rig.connector.erase(records)

    assert (first.kind, second.kind) == (OutcomeKind.ACCEPTED, OutcomeKind.NEEDS_PERSON)
    assert "status 400" in second.instructions
    assert "Campaign Manager > Plan > Audiences" in second.instructions
    assert await members(rig) == [email_sha256(SECOND)]


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_an_element_that_only_has_to_wait_is_tried_again(rig: LinkedInRig, status: int) -> None:
    """Not now is not no: the batch is repeated, and what was removed already stays so."""
    records = await twice(rig)
    await rig.put(await rig.state() | {"refuse": {email_sha256(SECOND): status}})

    with pytest.raises(TryLater):
        await rig.connector.erase(records)
    await rig.put(await rig.state() | {"refuse": {}})
    outcomes = await rig.connector.erase(records)

    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ACCEPTED}
    assert await members(rig) == []


async def test_a_segment_that_is_gone_holds_nobody(rig: LinkedInRig) -> None:
    """The one thing that can be seen: the whole segment is not there any more."""
    await rig.seed(ADA, 2)
    records = await locate(rig.connector, ADA)
    state = await rig.state()
    await rig.put(state | {"segments": [each for each in state["segments"] if each["id"] != STREAMED[0]]})

    erased = await rig.connector.erase(records)
    checked = await rig.connector.check(records)

    assert [outcome.kind for outcome in erased] == [OutcomeKind.NOT_FOUND, OutcomeKind.ACCEPTED]
    assert [outcome.kind for outcome in checked] == [OutcomeKind.ERASED, OutcomeKind.ACCEPTED]


async def test_what_was_sent_is_told_from_the_companys_own_list(rig: LinkedInRig) -> None:
    """The audience and the day of the last upload; segments that are gone are left out."""
    rig.upload(STREAMED[0], email_sha256(FIRST), "2025-03-01")
    rig.upload(STREAMED[0], email_sha256(FIRST), "2026-01-30")
    rig.upload(1, email_sha256(FIRST))

    records = await locate(rig.connector, ADA)
    (exported,) = await rig.connector.export(records)

    assert [record.dates[Anchor.CREATED] for record in records] == [date(2026, 1, 30)]
    assert exported.data["held"] == "by our own list of uploads"
    assert exported.data["name"] == "List 7001"


async def test_without_a_list_every_segment_of_people_is_assumed(unrecorded: LinkedInRig) -> None:
    """Each segment, streamed or a file, and the Insight Tag; none of companies. Each label says that it is assumed."""
    records = await locate(unrecorded.connector, ADA)

    kinds = [record.state["kind"] for record in records]

    assert (kinds.count("segment"), kinds.count("file"), kinds.count("events")) == (7, 1, 1)
    assert all("assumed" in record.label for record in records)
    assert all("not known" in each.data["held"] for each in await unrecorded.connector.export(records))


async def test_files_and_the_insight_tag_are_a_persons_task(unrecorded: LinkedInRig) -> None:
    """No call changes an uploaded file or deletes an event: the task says by which menus, and what cannot be done."""
    records = [r for r in await locate(unrecorded.connector, ADA) if r.state["kind"] != "segment"]

    outcomes = await unrecorded.connector.erase(records)
    checked = await unrecorded.connector.check(records)

    words = {r.state["kind"]: outcome.instructions for r, outcome in zip(records, outcomes, strict=True)}
    seen = {r.state["kind"]: outcome.kind for r, outcome in zip(records, checked, strict=True)}
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.NEEDS_PERSON}
    assert seen == {"file": OutcomeKind.ACCEPTED, "events": OutcomeKind.SUPPRESSED}
    assert "Delete everything" not in words["events"]
    assert "upload it again without the address" in words["file"]
    assert "Signals manager" in words["events"]
    assert "180 days" in words["events"]


async def test_what_is_to_be_kept_is_not_deleted_by_hand(unrecorded: LinkedInRig) -> None:
    """A restriction keeps the audience: it is to be used no more, and no menu to delete it is named."""
    records = [r for r in await locate(unrecorded.connector, ADA) if r.state["kind"] != "events"]

    words = [unrecorded.connector.manually(record, "Keep it.") for record in records]

    assert all("as a new audience" in each for each in words)
    assert not [each for each in words if "Delete" in each]


async def test_a_hash_says_no_name(unrecorded: LinkedInRig) -> None:
    """Only a wrong address is corrected in an audience; what the Insight Tag reported has nothing to be corrected."""
    records = await locate(unrecorded.connector, ADA)

    sayable = {(r.state["kind"], f) for r in records for f in Field if unrecorded.connector.may_say(r, f)}

    assert sayable == {("segment", Field.EMAIL), ("file", Field.EMAIL)}


async def test_a_version_that_has_ended_needs_a_person(rig: LinkedInRig) -> None:
    """LinkedIn ends each after a year: somebody is told which line of systems.toml to change."""
    await rig.put(await rig.state() | {"versions": ["202711"]})

    with pytest.raises(NeedsPerson) as refused:
        await locate(rig.connector, ADA)

    assert "version" in refused.value.instructions


async def test_each_ad_account_is_a_page(rig: LinkedInRig) -> None:
    """Whose segments are searched is asked by its address, encoded as Rest.li wants it."""
    await rig.seed(ADA, 7)

    first = await rig.connector.locate(ADA)
    second = await rig.connector.locate(ADA, first.cursor)

    assert (len(first.records), len(second.records), second.cursor) == (5, 2, None)
    assert f"account=urn%3Ali%3AsponsoredAccount%3A{ACCOUNT}" in (await rig.calls())[0]["path"]


async def twice(rig: LinkedInRig) -> list[Record]:
    """Both addresses in one segment."""
    state = await rig.state()
    state["segments"][0]["members"] = [email_sha256(FIRST), email_sha256(SECOND)]
    await rig.put(state)
    rig.upload(STREAMED[0], email_sha256(FIRST))
    rig.upload(STREAMED[0], email_sha256(SECOND))
    return await locate(rig.connector, BOTH)


async def members(rig: LinkedInRig) -> list[str]:
    """Who is in the first segment."""
    held: list[str] = (await rig.state())["segments"][0]["members"]
    return held
