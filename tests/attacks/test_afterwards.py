"""What comes back after it was erased, what lies open meanwhile, and what our own people could do."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from dsar.case import Ending, TaskState
from dsar.identity import Identifier, Key
from dsar.requests import Right
from dsar.submission import Channel, Person, Submission
from intake.desk import Refused
from ledger.ledger import Ledger
from tests.attacks.rig import Customers
from tests.attacks.threats import Threat, against
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house, policy
from tests.flows.test_deletion import mine
from tests.flows.test_nothing_in_clear import kept_by_the_engine
from tests.flows.test_sweeping import record, swept
from vault.keys import KeyDestroyed


async def erased(at: House, address: str = ADA) -> str:
    """Have a person's data erased, to the end; the request's id."""
    receipt = await at.submit(email=address)
    await at.proved(receipt, address)
    await at.ended(receipt)
    return receipt.request_id


@against(Threat.RESURRECTION)
@pytest.mark.parametrize("spelling", [ADA, "ADA@Example.COM", " ada@example.com "])
async def test_an_old_list_that_is_imported_again_is_swept_away(tmp_path: Path, spelling: str) -> None:
    """However her address is spelt in it; others' rows stay."""
    news = FakeSystem("news", [record("a")])
    async with house(tmp_path, news) as at:
        await erased(at)
        news.records = {each.id: each for each in (record("a2"), record("b"))}
        news.carries = {
            "a2": (Identifier(kind=Key.EMAIL, value=spelling),),
            "b": (Identifier(kind=Key.EMAIL, value="bob@example.com"),),
        }

        await swept(at)

    assert set(news.records) == {"b"}


@against(Threat.RESURRECTION)
async def test_objects_that_are_put_back_without_their_key_stay_closed(tmp_path: Path) -> None:
    """A backup of the vault's objects is restored after the request was forgotten: nobody can open them."""
    async with house(tmp_path, Customers(ADA)) as at:
        receipt = await at.submit()
        await at.code(receipt)
        files = await _copied(tmp_path / "vault" / "objects")
        await at.cancel(receipt)
        await at.ended(receipt)
        await at.forget()
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

        with pytest.raises(KeyDestroyed):
            await at.foundation.vault.get(receipt.request_id, "case")


async def _copied(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}  # noqa: ASYNC240 - a backup


@against(Threat.DATA_IN_THE_OPEN)
async def test_what_is_typed_into_the_form_lies_open_nowhere(tmp_path: Path) -> None:
    """Not in the engine's history, not in an id, not in the ledger, not on the disk: also of what waits behind it."""
    typed = Person(email="canary.kanarienvogel@example.com", name="Canary Singer", customer_id="canary-77")
    asked = Submission(right=Right.ACCESS, person=typed, channel=Channel.WEB)
    async with house(tmp_path, Customers()) as at:
        receipts = [await at.desk.submit(asked) for _ in range(3)]
        await at.code(receipts[0], "canary.kanarienvogel@example.com")
        kept = await kept_by_the_engine(at.saga(receipts[0]))
        kept += [str([await at.desk.row(each.request_id) for each in receipts])]
    kept += list((await _copied(tmp_path)).values())

    for what in kept:
        assert b"canary" not in (what.encode() if isinstance(what, str) else what).lower()


@against(Threat.OUR_OWN_PEOPLE)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET event = 'nothing' WHERE seq = 2",
        "UPDATE journal SET at = '2020-01-01T00:00:00Z' WHERE seq = 2",
        "UPDATE journal SET request_id = 'request-x' WHERE seq = 2",
        "UPDATE journal SET facts = '{}' WHERE seq = 2",
        "DELETE FROM journal WHERE seq = 2",
        "DELETE FROM journal WHERE seq = (SELECT max(seq) FROM journal)",
        "DELETE FROM journal",
    ],
)
async def test_whoever_changes_the_evidence_is_found_out(tmp_path: Path, change: str) -> None:
    """One changed row, with the database's own guards taken away by somebody who may do everything there."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'ledger.sqlite'}"
    ledger = await Ledger.open(url, bytes(32))
    for number in range(4):
        await ledger.journal.append(f"request-{number}", "received", "received", {"channel": "web"})
    await ledger.close()
    with sqlite3.connect(tmp_path / "ledger.sqlite") as forger:
        for (name,) in forger.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            forger.execute(f"DROP TRIGGER {name}")
        forger.execute(change)
    forger.close()

    ledger = await Ledger.open(url, bytes(32))
    found = await ledger.journal.verify()
    await ledger.close()

    assert found.problems


@against(Threat.OUR_OWN_PEOPLE)
async def test_nobody_of_ours_hurries_an_erasure_past_the_person(tmp_path: Path) -> None:
    """Entered by staff, "with proof seen": it waits for the person's code all the same, and in the end is denied."""
    async with house(tmp_path, system := Customers(ADA)) as at:
        receipt = await at.desk.submit(Submission(right=Right.DELETE, person=Person(email=ADA), channel=Channel.STAFF))
        await at.code(receipt)
        for kind in ("reach", "approve", "confirm"):
            with pytest.raises(Refused):
                await at.desk.resolve(f"{receipt.request_id}.{kind}", TaskState.DONE, by="mallory")

        assert (await at.ended(receipt, timedelta(weeks=3))).ending is Ending.DENIED_UNVERIFIED
        assert set(system.records) == {ADA}


@against(Threat.OUR_OWN_PEOPLE)
async def test_what_is_to_be_approved_is_not_begun_before(tmp_path: Path) -> None:
    """Where the policy wants every erasure looked at: nothing is withheld or erased, and a no leaves it untouched."""
    rules = policy(approve_every_erasure=True)
    async with house(tmp_path, system := FakeSystem("crm", [mine("a")]), rules=rules) as at:
        receipt = await at.submit()
        await at.proved(receipt)
        task = await at.task(receipt, "approve")

        assert (system.suppressed, system.erased_calls) == (set(), 0)
        await at.desk.resolve(task, TaskState.EXCEPTION, by="lead")
        await at.ended(receipt, timedelta(days=1))

        assert set(system.records) == {"a"}


@against(Threat.OUR_OWN_PEOPLE)
@pytest.mark.parametrize("signed", ["Mallory", "  mallory "])
async def test_nobody_of_ours_both_enters_an_erasure_and_vouches_for_the_person(tmp_path: Path, signed: str) -> None:
    """The second one has to be somebody else; the journal says who it was."""
    async with house(tmp_path, system := FakeSystem("crm", [mine("a")]), rules=policy(two_people=True)) as at:
        asks = Submission(right=Right.DELETE, person=Person(customer_id="42"), entered_by="mallory")
        receipt = await at.desk.submit(asks)
        task = await at.task(receipt, "reach")

        with pytest.raises(Refused, match="somebody else"):
            await at.desk.resolve(task, TaskState.DONE, by=signed)
        assert set(system.records) == {"a"}
        await at.desk.resolve(task, TaskState.EXCEPTION, by="Dee")

        entries = await at.foundation.ledger.journal.entries(receipt.request_id)
        assert [entry.facts.get("by") for entry in entries if entry.event == "task exception"] == ["Dee"]
