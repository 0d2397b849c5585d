"""Meta, where it is unlike the others: promises about what nobody can see, limits in minutes, tasks by its menus."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.connector import Ability, NeedsPerson, TryLater, Unsupported
from connectors.http import LONGEST_WAIT
from connectors.meta import Meta
from connectors.meta_config import MetaConfig
from connectors.meta_graph import regained
from connectors.sent_lists import email_sha256
from dsar.correction import Field
from dsar.identity import Identifier, Identity, Key
from dsar.records import Anchor, OutcomeKind, Record
from standins.meta import TOKEN, audience, error, lead
from tests.contract.acts import locate, planted
from tests.contract.people import ADA, CANARY, RESEMBLING, canary
from tests.contract.rigs.meta import ACCOUNT, EXCLUDED, FORMS, LIST, PAGE, WEBSITE, MetaRig
from tests.contract.rigs.meta_unrecorded import UnrecordedRig

NOW = datetime.now(UTC)
DIGEST = email_sha256("ada@example.com")
MANY = 10_001


@pytest.fixture
async def rig() -> AsyncIterator[MetaRig]:
    fresh = MetaRig(clock=lambda: NOW)
    async with fresh.start():
        yield fresh


@pytest.fixture
async def unrecorded() -> AsyncIterator[UnrecordedRig]:
    """A rig whose company keeps no list of what it uploads."""
    fresh = UnrecordedRig(clock=lambda: NOW)
    async with fresh.start():
        yield fresh


# Audiences: nobody can look


async def test_a_removal_is_a_promise_with_a_day_to_look_again(rig: MetaRig) -> None:
    """Meta says that it received the order, never that somebody is gone: not by erasing, and not by checking."""
    records = await members(rig)

    (erased,) = await rig.connector.erase(records)
    (checked,) = await rig.connector.check(records)

    assert (erased.kind, erased.check_after) == (OutcomeKind.ACCEPTED, NOW + timedelta(hours=24))
    assert checked.kind is OutcomeKind.ACCEPTED
    assert (await held(rig))[LIST] == []


async def test_what_was_sent_is_told_from_the_companys_own_list(rig: MetaRig) -> None:
    """The day and the audience are ours to know; of the rest, it is said that Meta does not show it."""
    rig.upload(LIST, DIGEST, "2025-03-01")
    rig.upload(LIST, DIGEST, "2026-01-30")
    rig.upload(WEBSITE, DIGEST, "2024-01-01")

    records = await locate(rig.connector, ADA)
    exported = await rig.connector.export(records)

    assert {r.state["audience"]: r.dates[Anchor.CREATED] for r in records} == {
        LIST: date(2026, 1, 30),
        WEBSITE: date(2024, 1, 1),
    }
    assert exported[0].data == {
        "audience": LIST,
        "sent_on": "2026-01-30",
        "email_sha256": [DIGEST],
        "held": "by our own list of uploads",
    }


async def test_without_a_list_everybody_is_assumed_and_it_says_so(unrecorded: UnrecordedRig) -> None:
    """One record for each account, removed from all its audiences by one call."""
    state = await unrecorded.state()
    state["accounts"][ACCOUNT]["audiences"][0]["members"] = [DIGEST]
    await unrecorded.put(state)
    records = await locate(unrecorded.connector, ADA)

    (outcome,) = await unrecorded.connector.erase(records)

    assert ["assumed" in record.label for record in records] == [True]
    assert "not known" in (await unrecorded.connector.export(records))[0].data["held"]
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert (await held(unrecorded))[LIST] == []
    assert [call["path"] for call in await unrecorded.calls() if call["method"] == "DELETE"] == [
        f"/v26.0/act_{ACCOUNT}/usersofanyaudience"
    ]


async def test_a_call_takes_ten_thousand_hashes(rig: MetaRig) -> None:
    """More go in several calls."""
    hashes = [email_sha256(f"{n}@example.com") for n in range(MANY)]
    record = Record(
        id="x", category="x", matched=frozenset(), state={"audience": LIST, "hashes": hashes, "sent_on": "2026-01-30"}
    )
    rig.exchanges.clear()

    (outcome,) = await rig.connector.erase([record])

    removals = [each for each in rig.exchanges if each.method == "DELETE"]
    assert outcome.kind is OutcomeKind.ACCEPTED
    assert [len(json.loads((each.form or {})["payload"])["data"]) for each in removals] == [10_000, 1]


async def test_what_meta_did_not_understand_is_not_accepted(rig: MetaRig) -> None:
    """Not received whole is not done."""
    record = Record(id="x", category="x", matched=frozenset(), state={"audience": LIST, "hashes": ["no hash"]})

    (outcome,) = await rig.connector.erase([record])

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "did not understand" in outcome.instructions


async def test_a_flagged_audience_is_a_persons_task(rig: MetaRig) -> None:
    """Meta lets nobody out of it (100, 1713230): the task says where to have it reviewed, or deleted."""
    records = await members(rig)
    await flag(rig)

    (outcome,) = await rig.connector.erase(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert "Ads Manager > All tools > Audiences" in outcome.instructions
    assert LIST in outcome.instructions
    assert DIGEST in outcome.instructions


async def test_a_flagged_audience_stops_no_other(unrecorded: UnrecordedRig) -> None:
    """Where it is in the way of removing from all at once, the others are emptied one by one, and the task names it."""
    state = await unrecorded.state()
    state["accounts"][ACCOUNT]["audiences"] += [audience("2009", "Old", members=[DIGEST])]
    state["accounts"][ACCOUNT]["audiences"][0]["members"] = [DIGEST]
    await unrecorded.put(state)
    await flag(unrecorded)
    records = await locate(unrecorded.connector, ADA)

    (outcome,) = await unrecorded.connector.erase(records)

    lists = await held(unrecorded)
    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert LIST in outcome.instructions
    assert "2009" not in outcome.instructions
    assert (lists[LIST], lists["2009"]) == ([DIGEST], [])


async def test_an_audience_that_is_gone_holds_nobody(rig: MetaRig) -> None:
    """Deleted at Meta, and still in the company's list: it is on no list of the ad accounts any more."""
    rig.upload("2999", DIGEST)
    records = await locate(rig.connector, ADA)

    (outcome,) = await rig.connector.erase(records)

    assert outcome.kind is OutcomeKind.NOT_FOUND


async def test_an_audience_that_may_only_be_hidden_is_not_gone() -> None:
    """Where no ad account is named whose list could be read, nobody can say that it is gone."""
    rig = MetaRig(ad_accounts=())
    async with rig.start():
        rig.upload("2999", DIGEST)
        records = await locate(rig.connector, ADA)

        with pytest.raises(NeedsPerson):
            await rig.connector.erase(records)


async def test_a_flagged_list_to_exclude_is_told(rig: MetaRig) -> None:
    """Nobody can be put on it: somebody is told to have it reviewed, or to name another."""
    state = await rig.state()
    state["accounts"][ACCOUNT]["audiences"][2]["operation_status"]["code"] = 471
    await rig.put(state)
    records = await members(rig)

    with pytest.raises(NeedsPerson) as refused:
        await rig.connector.suppress(records)

    assert "request a review" in refused.value.instructions


async def test_events_are_a_persons_task() -> None:
    """No call finds or deletes what a pixel was sent: each is a task to send no more, and nothing is called gone."""
    rig = MetaRig(pixels=("8001", "8002"))
    async with rig.start():
        records = await locate(rig.connector, ADA)

        outcomes = await rig.connector.erase(records)
        checked = await rig.connector.check(records)

    assert [record.id for record in records] == [f"events:{pixel}:{DIGEST[:16]}" for pixel in ("8001", "8002")]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.NEEDS_PERSON}
    assert "Events Manager > Data sources > 8001 > Settings" in outcomes[0].instructions
    assert "Delete everything" not in outcomes[0].instructions
    assert {outcome.kind for outcome in checked} == {OutcomeKind.SUPPRESSED}
    assert all("only you can clear: Accounts Centre > " in outcome.reason for outcome in checked)


async def test_that_no_more_events_are_sent_is_a_persons_task() -> None:
    """An address on a list to exclude stops no pixel: what stays to be done is said, and nothing of it is put back."""
    rig = MetaRig(pixels=("8001",))
    async with rig.start():
        records = await locate(rig.connector, ADA)

        (suppressed,) = await rig.connector.suppress(records)
        (restored,) = await rig.connector.restore(records)

        assert await held(rig) == {LIST: [], WEBSITE: [], EXCLUDED: []}
    assert suppressed.kind is OutcomeKind.NEEDS_PERSON
    assert "Send no more events" in suppressed.instructions
    assert restored.kind is OutcomeKind.RESTORED


async def test_only_a_lead_says_a_name() -> None:
    """An audience has the hash of an address, events have nothing: nobody is sent there to correct a name."""
    rig = MetaRig(pixels=("8001",))
    async with rig.start():
        records = await planted(rig, ADA, 2)

        sayable = {r.id.partition(":")[0] for r in records if rig.connector.may_say(r, Field.NAME)}
        hashed = {r.id.partition(":")[0] for r in records if rig.connector.may_say(r, Field.EMAIL)}

    assert sayable == {"lead"}
    assert hashed == {"lead", "member"}


# Keeping out


async def test_who_was_excluded_before_stays_so(rig: MetaRig) -> None:
    """A cancelled erasure takes nobody off the list of those who had opted out, as far as the company's list knows."""
    rig.upload(EXCLUDED, DIGEST)
    records = await members(rig)
    others = await planted(rig, RESEMBLING[0], 2)
    await rig.connector.suppress([*records, *others])

    await rig.connector.restore([*records, *others])

    assert [record.state["excluded"] for record in records] == [True]
    assert (await held(rig))[EXCLUDED] == [DIGEST]


async def test_who_was_erased_is_kept_out(rig: MetaRig) -> None:
    """The next upload must not bring them back: their hash stays on the list that is excluded."""
    records = await members(rig)

    await rig.connector.erase(records)

    assert await held(rig) == {LIST: [], WEBSITE: [], EXCLUDED: [DIGEST]}


async def test_without_a_list_to_exclude_nothing_is_suppressed(unrecorded: UnrecordedRig) -> None:
    """It is not declared, and refused."""
    assert Ability.SUPPRESS not in unrecorded.connector.can
    with pytest.raises(Unsupported):
        await unrecorded.connector.suppress([])


# Leads


async def test_a_lead_that_only_has_a_phone_is_found_by_it(rig: MetaRig) -> None:
    """Written as Meta writes it; a person decides, for a phone can be shared. It has no address to exclude."""
    state = await rig.state()
    state["pages"][PAGE]["forms"][0]["leads"] = [lead("5001", {"phone_number": "+442079460018"}), lead("5002", {})]
    await rig.put(state)

    records = await locate(rig.connector, known_by(phone="+44 20 7946-0018"))
    (outcome,) = await rig.connector.suppress(records)

    assert [(record.id, record.matched) for record in records] == [("lead:5001", frozenset({Key.PHONE}))]
    assert records[0].label == "Answers to lead form Form 4001 of 2026-01-30"
    assert outcome.kind is OutcomeKind.REFUSED


async def test_a_lead_that_may_only_be_hidden_is_not_gone(rig: MetaRig) -> None:
    """Meta says of both that there is no such object: gone is believed only where the form's leads can be read."""
    records = await planted(rig, ADA, 1)
    state = await rig.state()
    state["pages"][PAGE]["forms"] = []
    await rig.put(state)

    for act in (rig.connector.check, rig.connector.erase, rig.connector.export):
        with pytest.raises(NeedsPerson):
            await act(records)


async def test_a_pages_own_token_reads_its_leads() -> None:
    """A system user may not be allowed to; audiences are still asked with its token."""
    rig = MetaRig(secret=SecretStr(json.dumps({"token": TOKEN, "pages": {PAGE: "standin-page"}})))
    async with rig.start():
        await rig.put(await rig.state() | {"page_tokens": {PAGE: "standin-page"}, "token": "other"})

        await locate(rig.connector, ADA)
        with pytest.raises(NeedsPerson):
            await rig.connector.erase([Record(id="x", category="x", matched=frozenset(), state=member())])


async def test_neither_tokens_nor_hashes_are_in_an_address(rig: MetaRig) -> None:
    """What stands in an address reaches the logs of everybody in between."""
    records = await planted(rig, ADA, 3)
    await rig.connector.suppress(records)
    await rig.connector.erase(records)

    paths = " ".join(call["path"] for call in await rig.calls())

    assert FORMS[0] in paths
    assert TOKEN not in paths
    assert DIGEST not in paths


# Limits and refusals


@pytest.mark.parametrize("code", [1, 2, 4, 17, 32, 341, 613, 80000, 80003, 80014])
async def test_a_limit_is_known_by_its_code(rig: MetaRig, code: int) -> None:
    """The status is 400, and says nothing."""
    connector = await refusing(rig, error(code))

    with pytest.raises(TryLater) as refused:
        await locate(connector, ADA)

    assert refused.value.after is None


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ('{"1": [{"estimated_time_to_regain_access": 0}]}', None),
        ('{"1": [{"estimated_time_to_regain_access": 7}, {}], "2": [{"estimated_time_to_regain_access": 19}]}', 19),
        ('{"1": [{"estimated_time_to_regain_access": 99999999999}]}', LONGEST_WAIT.total_seconds() / 60),
        ("[]", None),
        ("not JSON", None),
        ("", None),
    ],
)
def test_the_wait_is_in_minutes(header: str, wait: float | None) -> None:
    """The longest of all that are said; a header that makes no sense says nothing."""
    assert regained({"X-Business-Use-Case-Usage": header}) == (None if wait is None else timedelta(minutes=wait))


@pytest.mark.parametrize("code", [190, 10, 200, 294])
async def test_a_token_that_is_not_good_needs_a_person(rig: MetaRig, code: int) -> None:
    """Meta answers 400: the code says that it is the token, and somebody is told where that comes from."""
    connector = await refusing(rig, error(code))

    with pytest.raises(NeedsPerson) as refused:
        await locate(connector, ADA)

    assert "token" in refused.value.instructions


async def refusing(rig: MetaRig, body: dict[str, Any]) -> Meta:
    """A connector, all of whose calls are answered with this."""
    state = await rig.state()
    await rig.put(state | {"refuse": body})
    return rig.connector


# The company's own list


@pytest.mark.parametrize(
    "text", ["list_id,email_sha256,sent_on\n2001,{},yesterday\n", "list_id\n2001\n", "list_id,email_sha256,sent_on\n{}"]
)
async def test_a_list_that_cannot_be_read_needs_a_person(rig: MetaRig, text: str) -> None:
    """Nobody is overlooked because of it, and the text that says so quotes nothing of it."""
    rig.sent.write_text(text.replace("{}", f"{CANARY}@example.com"))

    with pytest.raises(NeedsPerson) as refused:
        await locate(rig.connector, canary())

    assert "sent_lists" in refused.value.instructions
    assert CANARY not in f"{refused.value} {refused.value.instructions}"


async def test_a_list_may_come_from_a_spreadsheet(rig: MetaRig) -> None:
    """With a mark at its beginning, capitals in the hashes, and columns of its own."""
    rig.sent.write_text(f"list_id,email_sha256,sent_on,by\n{LIST},{DIGEST.upper()},2026-01-30,us\n", "utf-8-sig")

    records = await locate(rig.connector, ADA)

    assert [record.id for record in records] == [rig.member(DIGEST)]


async def test_a_list_that_is_not_there_needs_a_person(rig: MetaRig) -> None:
    """An empty list would say that nobody was ever sent."""
    rig.sent.unlink()

    with pytest.raises(NeedsPerson):
        await locate(rig.connector, ADA)


@pytest.mark.parametrize("address", ["ada@example.com", " Ada@Example.COM ", "ADA@EXAMPLE.COM"])
def test_addresses_are_hashed_as_meta_asks(address: str) -> None:
    """Trimmed, lowercase, SHA-256, in hexadecimal digits."""
    assert email_sha256(address) == "b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72"


def test_an_entry_that_looks_nowhere_is_refused() -> None:
    """It would find nothing of anybody, for ever."""
    with pytest.raises(ValidationError):
        MetaConfig(name="meta", kind="meta", title="Meta", base_url="https://x", secret=SecretStr("token"))


def test_a_secret_that_is_no_credential_is_refused() -> None:
    """JSON that is not what it should be is told, and not repeated."""
    with pytest.raises(ValidationError) as refused:
        MetaConfig(name="meta", kind="meta", title="Meta", base_url="https://x", secret=SecretStr('{"tokn": "s3cret"}'))

    assert "s3cret" not in str(refused.value)


def known_by(**values: str) -> Identity:
    return Identity(identifiers=tuple(Identifier(kind=Key(kind), value=value) for kind, value in values.items()))


def member() -> dict[str, Any]:
    return {"audience": LIST, "hashes": [DIGEST]}


async def members(rig: MetaRig) -> list[Record]:
    """Ada, in the audience and in the company's list."""
    state = await rig.state()
    state["accounts"][ACCOUNT]["audiences"][0]["members"] = [DIGEST]
    await rig.put(state)
    rig.upload(LIST, DIGEST)
    return await locate(rig.connector, ADA)


async def flag(rig: MetaRig) -> None:
    """Let Meta restrict the audience."""
    state = await rig.state()
    state["accounts"][ACCOUNT]["audiences"][0]["operation_status"]["code"] = 471
    await rig.put(state)


async def held(rig: MetaRig) -> dict[str, list[str]]:
    """Who is in which audience."""
    return {each["id"]: each["members"] for each in (await rig.state())["accounts"][ACCOUNT]["audiences"]}
