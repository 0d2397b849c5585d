"""Sprout Social, where it is unlike the others: accounts, not addresses; results that are cut; tasks with links."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from typing import Any

import pytest

from connectors.connector import NeedsPerson, TryLater
from dsar.identity import Identifier, Identity, Key
from dsar.records import OutcomeKind, Record
from standins.sprout import case, message
from tests.contract.acts import locate, planted
from tests.contract.people import ADA
from tests.contract.rigs.sprout import FIRST, GROUP, OTHER_GROUP, SproutRig

HANDLE, GUID, NAME = "instagram:@Ada.L", "ytpr:UC4711", "Ada Lovelace"


def known_by(**values: str) -> Identity:
    return Identity(identifiers=tuple(Identifier(kind=Key(kind), value=value) for kind, value in values.items()))


@pytest.fixture
async def rig() -> AsyncIterator[SproutRig]:
    fresh = SproutRig()
    async with fresh.start():
        yield fresh


# Who wrote it


async def test_an_account_is_its_network_and_its_handle(rig: SproutRig) -> None:
    """The same handle on another network, and one that continues it, are other people."""
    await plant(
        rig,
        message("igc:1", "instagram", author="igpr:1", handle="ada.l"),
        message("tt:2", "tiktok", author="ttpr:1", handle="ada.l"),
        message("igc:3", "instagram", author="igpr:2", handle="ada.lo"),
    )

    records = await locate(rig.connector, known_by(social_account=HANDLE))

    assert [(record.id, record.matched) for record in records] == [("message:igc:1", frozenset({Key.SOCIAL_ACCOUNT}))]


async def test_an_id_of_sprouts_own_is_filtered_for(rig: SproutRig) -> None:
    """Whose id is known needs nobody else's messages read: YouTube and LinkedIn show no handle."""
    await plant(
        rig,
        message("ytc:1", "youtube", author=GUID),
        message("ytc:2", "youtube", author=f"{GUID}0"),
        message("igc:3", "instagram", author="igpr:2", handle="ada.l"),
    )

    records = await locate(rig.connector, known_by(social_account=GUID))

    assert [record.id for record in records] == ["message:ytc:1"]
    assert all(f"from.guid.eq({GUID})" in each.body["filters"] for each in rig.exchanges)


async def test_a_name_alone_is_for_a_person_to_decide(rig: SproutRig) -> None:
    """A namesake is found, and matched by nothing but the name."""
    await plant(rig, message("lic:1", "linkedin", author="lipr:1", name="ADA  Lovelace"))

    records = await locate(rig.connector, known_by(email="ada@example.com", name=NAME))

    assert [record.matched for record in records] == [{Key.NAME}]


@pytest.mark.parametrize("config", [{}, {"by_name": False}])
async def test_who_has_no_account_cannot_be_searched(config: dict[str, Any]) -> None:
    """Nothing found would be a lie: somebody is told to ask for the account, or to look by hand."""
    rig = SproutRig(**config)
    async with rig.start():
        with pytest.raises(NeedsPerson) as refused:
            await locate(rig.connector, known_by(email="ada@example.com"))

    assert "social_account" in refused.value.instructions


@pytest.mark.parametrize("value", ["x:1) or group_id.eq(9", "a:b,c:d", "ytpr:", ":1", "ytpr:1\r\n"])
async def test_nothing_but_an_id_stands_in_a_filter(rig: SproutRig, value: str) -> None:
    """Text that is meant to be more than an id does not get there."""
    await plant(rig, message("igc:1", "instagram", author="igpr:1"))

    records = await locate(rig.connector, known_by(social_account=value))

    filters = [each for exchange in rig.exchanges for each in exchange.body["filters"] if "from.guid" in each]
    assert records == []
    assert all(each == "from.guid.eq(ytpr:1)" for each in filters)


# Results that are cut


async def test_results_beyond_the_cut_are_found(rig: SproutRig) -> None:
    """The search starts anew at the last message, also where several are of one second: none twice, none left out."""
    wanted = [at(n // 3, f"igc:{n}", "ada.l" if n % 2 else "other") for n in range(40)]
    await plant(rig, *wanted)

    records = await locate(rig.connector, known_by(social_account=HANDLE))

    assert sorted(r.id for r in records) == sorted(f"message:igc:{n}" for n in range(40) if n % 2)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_their_times_each_is_found_once(rig: SproutRig, seed: int) -> None:
    """Gaps, crowded seconds, both groups, and cursors that Sprout forgets at any point."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    seconds = [second for second in range(12) for _ in range(chance.randint(0, 4))]
    wanted = [at(each, f"igc:{n}", chance.choice(["ada.l", "other"])) for n, each in enumerate(seconds)]
    for each in wanted:
        each["group_id"] = chance.choice([GROUP, OTHER_GROUP])
    await plant(rig, *wanted)
    await rig.put(await rig.state() | {"expired": chance.choice([[], ["Mg=="], ["NA==", "Mg=="]])})

    records = await locate(rig.connector, known_by(social_account=HANDLE))

    hers = [each["guid"] for each in wanted if each["from"]["screen_name"] == "ada.l"]
    assert sorted(record.id for record in records) == sorted(f"message:{guid}" for guid in hers)


async def test_more_of_one_second_than_is_shown_needs_a_person(rig: SproutRig) -> None:
    """No filter could tell them apart; going on would leave some out without a word."""
    await plant(rig, *[at(0, f"igc:{n}", "ada.l") for n in range(6)])

    with pytest.raises(NeedsPerson) as refused:
        await locate(rig.connector, known_by(social_account=HANDLE))

    assert "since" in refused.value.instructions


async def test_a_search_that_is_resumed_later_goes_on_where_it_was(rig: SproutRig) -> None:
    """Sprout forgot its own cursor meanwhile: the search starts anew at the last message, and finds none twice."""
    await plant(rig, *[at(n, f"igc:{n}", "ada.l") for n in range(4)])
    her = known_by(social_account=HANDLE)
    first = await rig.connector.locate(her)
    state = await rig.state()
    await rig.put(state | {"expired": ["Mg=="]})

    found, cursor = list(first.records), first.cursor
    while cursor:
        page = await rig.connector.locate(her, cursor)
        found += page.records
        cursor = page.cursor

    assert [record.id for record in found] == [f"message:igc:{n}" for n in range(4)]


async def test_a_cursor_that_is_refused_at_once_is_tried_later(rig: SproutRig) -> None:
    """Sprout is not well then: beginning again and again would never end."""
    await plant(rig, *[at(0, f"igc:{n}", "ada.l") for n in range(4)])
    await rig.put(await rig.state() | {"expired": ["Mg=="] * 9})

    with pytest.raises(TryLater):
        await locate(rig.connector, known_by(social_account=HANDLE))


async def test_what_comes_in_during_the_search_is_left_for_the_next(rig: SproutRig) -> None:
    """The end of the search is fixed when it begins, so that it has one."""
    await plant(rig, at(0, "igc:1", "ada.l"), at(10**8, "igc:2", "ada.l"))

    records = await locate(rig.connector, known_by(social_account=HANDLE))

    assert [record.id for record in records] == ["message:igc:1"]


async def test_not_ready_is_tried_later(rig: SproutRig) -> None:
    """202 is no answer, and nothing found neither."""
    await plant(rig, at(0, "igc:1", "ada.l"))

    await rig.fault("not_ready")
    with pytest.raises(TryLater):
        await locate(rig.connector, known_by(social_account=HANDLE))

    assert len(await locate(rig.connector, known_by(social_account=HANDLE))) == 1


async def test_messages_are_asked_for_by_the_hundred(rig: SproutRig) -> None:
    """Sprout takes no more ids at once."""
    records = [
        Record(id=f"message:igc:{n}", category="x", matched=frozenset(), state={"message": f"igc:{n}"})
        for n in range(101)
    ]

    outcomes = await rig.connector.check(records)

    sizes = sorted(len(each.body["filters"][0].split(",")) for each in rig.exchanges)
    assert sizes == [1, 100]
    assert {outcome.kind for outcome in outcomes} == {OutcomeKind.ERASED}


# What a person does


@pytest.mark.parametrize(
    ("network", "menu"),
    [
        ("instagram", "View comments"),
        ("youtube", "YouTube Studio > Comments"),
        ("linkedin", "as administrator of the page"),
        ("threads", "the network itself"),
    ],
)
async def test_the_task_has_the_link_and_the_networks_own_menu(rig: SproutRig, network: str, menu: str) -> None:
    """Sprout has no call that deletes: the post is deleted where it is."""
    link = f"https://{network}.example/p/1"
    await plant(rig, message("m:1", network, author=GUID, link=link))
    records = await locate(rig.connector, known_by(social_account=GUID))

    (outcome,) = await rig.connector.erase(records)

    assert outcome.kind is OutcomeKind.NEEDS_PERSON
    assert link in outcome.instructions
    assert menu in outcome.instructions


async def test_what_a_person_deleted_is_seen_to_be_gone(rig: SproutRig) -> None:
    """Afterwards it is looked for again: what is still there is refused, what is not is erased."""
    await plant(rig, at(0, "igc:1", "ada.l"), at(1, "igc:2", "ada.l"))
    records = await locate(rig.connector, known_by(social_account=HANDLE))
    await plant(rig, at(1, "igc:2", "ada.l"))

    checked = await rig.connector.check(records)
    again = await rig.connector.erase(records)

    assert [outcome.kind for outcome in checked] == [OutcomeKind.ERASED, OutcomeKind.REFUSED]
    assert [outcome.kind for outcome in again] == [OutcomeKind.NOT_FOUND, OutcomeKind.NEEDS_PERSON]


async def test_a_case_is_one_record_and_names_no_staff(rig: SproutRig) -> None:
    """However many messages, on however many pages, belong to it; the copy says nothing of who worked on it."""
    await plant(rig, *[at(n, f"igc:{n}", "ada.l", case_id="901") for n in range(4)])
    state = await rig.state()
    await rig.put(state | {"cases": [case("901")]})

    records = await locate(rig.connector, known_by(social_account=HANDLE))
    cases = [record for record in records if record.id.startswith("case:")]
    (exported,) = await rig.connector.export(cases)

    assert [record.id for record in cases] == ["case:901"]
    assert exported.data["status"] == "CLOSED"
    assert "account_login" not in str(exported.data)


def at(second: int, guid: str, handle: str, **more: Any) -> dict[str, Any]:
    """A comment on Instagram, so many seconds after the first."""
    when = (FIRST + timedelta(seconds=second)).astimezone(UTC)
    return message(
        guid,
        "instagram",
        author=f"igpr:{handle}",
        handle=handle,
        created_time=f"{when:%Y-%m-%dT%H:%M:%SZ}",
        group=GROUP,
        **more,
    )


async def plant(rig: SproutRig, *messages: dict[str, Any]) -> None:
    """Let the inbox hold these."""
    await rig.put(await rig.state() | {"messages": list(messages)})


async def test_only_who_is_to_delete_reads_how(rig: SproutRig) -> None:
    """A restriction keeps what was written: its task says where it is, and names no bin."""
    records = await planted(rig, ADA, 2)

    words = [rig.connector.manually(record, "Keep it.") for record in records]
    erasing = [outcome.instructions for outcome in await rig.connector.erase(records)]

    assert all("Delete" not in each and "cannot be deleted" not in each for each in words)
    assert all(
        where in each for where, each in zip(("https://instagram.example/p/", "Cases > search"), words, strict=True)
    )
    assert ["Delete it on its network" in erasing[0], "cannot be deleted" in erasing[1]] == [True, True]
