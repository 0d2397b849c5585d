"""One company with a system of every kind: a person gets a copy of everything, then everything of theirs goes."""

import io
import json
import tomllib
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

import settings
from connectors.catalogue import KINDS, build
from connectors.connector import Ability
from console.call import desk
from demo.stack import ROOT, Ports, running
from dsar.case import State, Task, TaskState
from intake.desk import Desk
from ledger.requests import RequestRow
from standins.opendsr import Processor
from standins.opendsr import app as processing
from standins.seaweed import make_bucket
from standins.serving import serving
from tests.end_to_end.company import Company, company, until
from tests.end_to_end.holdings_of_each import Client, Holdings
from tests.end_to_end.one_of_each import BUCKET, environment, systems_toml
from vault.package import check_package

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

LEAD = "privacy lead"

ASKED = {"confirm sprout", "decide drive"}
"""What only a person knows: whose an account is that nobody proved, and what the policy leaves open."""
BY_HAND = {"figma", "linkedin", "meta", "person", "sprout", "training_corpus"}
"""Where no interface does all of it."""

ERASED: Mapping[str, dict[str, int]] = {
    "azure_blob": {"erased": 1},
    "declared": {"erased": 1},
    "drive": {"erased": 3},
    "figma": {"needs_person": 1},
    "ga4": {"accepted": 1},
    "gcs": {"erased": 1},
    "imap": {"erased": 1},
    "klaviyo": {"erased": 1},
    "linkedin": {"accepted": 1, "needs_person": 1},
    "mailchimp": {"erased": 1},
    "meta": {"erased": 1, "accepted": 1, "needs_person": 1},
    "notion": {"accepted": 1},
    "opendsr": {"erased": 1},
    "person": {"needs_person": 1},
    "s3": {"erased": 1},
    "sprout": {"needs_person": 2},
    "sql": {"erased": 1, "anonymised": 1},
    "stripe": {"erased": 1, "retained": 1},
    "training_corpus": {"needs_person": 1},
}
"""What came of the erasure in the system of each kind, before anybody had done anything by hand."""

CORRECTED = {"klaviyo", "notion", "stripe"}
"""Where a name is one field that an interface writes."""

STAYS = (
    "Meta (lead forms and audiences): 1 record not erased: no more is sent to Meta about you",
    "LinkedIn (audiences and Insight Tag): 1 record not erased: no more is reported to LinkedIn about you",
)
"""What no hand deletes is never called erased."""


@dataclass(frozen=True)
class Whole:
    """The running company, what it holds, and its privacy lead's desk."""

    habeas: Company
    holdings: Holdings
    desk: Desk
    can: Mapping[str, frozenset[Ability]]
    """What the connector of each kind declares."""

    async def answered(self, request_id: str) -> bool:
        """Whether a request's own saga says that it is over: the ledger may know a moment sooner."""
        return (await self.desk.status(request_id)).state is State.ANSWERED

    async def led(self, request_id: str, erased: Client | None = None) -> tuple[RequestRow, dict[str, Task]]:
        """Do every task of a request until it is answered; the tasks, by `<kind of task> <system>`.

        `erased`: who is deleted by hand, where a task says so.
        """
        done: dict[str, Task] = {}

        async def answered() -> RequestRow | None:
            for opened in await self.habeas.foundation.ledger.tasks.list(request_id):
                task = await self.desk.task(opened.id)
                assert f"{task.kind} {task.system}" not in done, task
                done[f"{task.kind} {task.system}"] = task
                if erased and task.kind == "act":
                    await self.holdings.delete_by_hand(task.system, erased)
                await self.desk.resolve(task.id, TaskState.DONE, by=LEAD, note="seen to")
            row = await self.habeas.foundation.ledger.requests.get(request_id)
            return row if row and row.closed_at else None

        row = await until(f"{request_id} is answered", answered)
        assert row is not None
        return row, done


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    """Engine, worker, web door, mail, S3 and stand-ins, each a process of its own; the processor is in this one."""
    folder: Path = tmp_path_factory.mktemp("every-kind")
    ports, processor = Ports.free(), Processor()
    (folder / "authority.pem").write_text(processor.authority.root, encoding="utf-8")
    policy = (ROOT / "policy.toml").read_text(encoding="utf-8")
    async with serving(processing(processor=processor)) as at:
        told = environment(folder, policy, f"http://127.0.0.1:{ports.standins}", at, ports.imap)
        async with running(folder, ports, policy=policy, changed=told) as stack:
            await make_bucket(stack.s3, BUCKET)
            checked = settings.check(stack.environ)
            assert not checked.mistakes
            can = {name: connector.can for name, connector in build(checked.entries).items()}
            async with company(stack, ports.web, stack.environ) as habeas:
                at_the_desk = desk(settings.read(stack.environ), habeas.foundation)
                yield Whole(habeas, Holdings(stack, processor), at_the_desk, can)


async def test_no_kind_is_missing(tmp_path: Path) -> None:
    """There is a system of every kind that the catalogue has."""
    entries = tomllib.loads(systems_toml(tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:2", 3))

    assert {name: entry["kind"] for name, entry in entries.items()} == {kind: kind for kind in KINDS}


async def test_copied(whole: Whole) -> None:
    """The package has something of the person from every kind that can be copied, a person looks into the rest."""
    person, neighbour = Client(), Client()
    await whole.holdings.plant(person, neighbour)
    before = {kind: await whole.holdings.held(kind) for kind in KINDS}
    by_hand = {kind for kind, can in whole.can.items() if Ability.EXPORT not in can}

    receipt = await whole.habeas.asked("access", person)
    row, tasks = await whole.led(receipt["request_id"])
    package = await collected(whole, person, receipt["passphrase"])

    assert row.outcome == "complied"
    assert tasks.keys() == {"confirm sprout"} | {f"act {kind}" for kind in by_hand}
    copied = {kind for kind in KINDS if any(trace in part_of(package, kind) for trace in person.traces)}
    assert copied == KINDS.keys() - by_hand
    assert "A person copied what is here" in package["report.html"]
    assert not [name for name, text in package.items() if any(trace in text for trace in neighbour.traces)]
    assert {kind: await whole.holdings.held(kind) for kind in KINDS} == before


async def test_erased(whole: Whole) -> None:
    """Every kind lets go of the person, or says who has to see to it, or until when what is kept; nobody else goes."""
    person, neighbour = Client(), Client()
    await whole.holdings.plant(person, neighbour)
    theirs = {kind: await whole.holdings.of(kind, neighbour) for kind in KINDS}
    assert all(theirs.values())

    receipt = await whole.habeas.asked("delete", person)
    row, tasks = await whole.led(receipt["request_id"], person)

    assert row.outcome == "partly"
    assert tasks.keys() == ASKED | {f"act {kind}" for kind in BY_HAND}
    facts = {kind: await whole.habeas.facts(row.id, f"erase:{kind}") for kind in KINDS}
    assert facts == {kind: {"system": kind, **counts} for kind, counts in ERASED.items()}
    left = {kind: items for kind in KINDS if (items := await whole.holdings.of(kind, person))}
    assert left.keys() == {"stripe"}
    assert {thing["id"]: thing.get("deleted", False) for thing in map(json.loads, left["stripe"])} == {
        f"cus_{person.mark}": True,
        f"in_{person.mark}": False,
    }
    assert {kind: await whole.holdings.of(kind, neighbour) for kind in KINDS} == theirs
    answer = (await whole.habeas.letters(person))[-1].body
    assert not [line for line in STAYS if line not in answer]
    assert await until("a hold keeps the invoice", lambda: whole.habeas.facts(row.id, "held:stripe"))
    assert await whole.habeas.letters(neighbour) == []


async def test_restricted_and_lifted(whole: Whole) -> None:
    """Everything is kept and used no more, by hand where no interface does it; lifted, it is all as it was."""
    person, neighbour = Client(), Client()
    await whole.holdings.plant(person, neighbour)
    before = {kind: await whole.holdings.held(kind) for kind in KINDS}
    by_hand = {kind for kind, can in whole.can.items() if Ability.RESTRICT not in can}

    receipt = await whole.habeas.asked("restrict", person)
    row, tasks = await whole.led(receipt["request_id"])
    marked = {kind for kind in KINDS if await whole.holdings.held(kind) != before[kind]}
    await until("the saga knows that it is answered", lambda: whole.answered(row.id))
    await whole.desk.lift(row.id, by=LEAD, reason="settled")
    await until("it is lifted", lambda: whole.habeas.facts(row.id, "unsuppressed:restricted"))

    assert row.outcome == "complied"
    assert tasks.keys() == {"confirm sprout"} | {f"act {kind}" for kind in by_hand}
    assert marked | {"s3"} == KINDS.keys() - by_hand, "what S3 has is a tag"
    assert not [kind for kind, task in tasks.items() if "> Delete" in task.instructions]
    assert {kind: await whole.holdings.held(kind) for kind in KINDS} == before


async def test_corrected(whole: Whole) -> None:
    """A name is made right where an interface can, by hand where it may stand, and nobody looks where it cannot."""
    person, neighbour = Client(), Client()
    await whole.holdings.plant(person, neighbour)
    theirs = {kind: await whole.holdings.of(kind, neighbour) for kind in KINDS}
    name = f"Robin {person.mark}"

    receipt = await whole.habeas.hand_in("correct", person, wish={"changes": [{"field": "name", "value": name}]})
    await whole.habeas.prove(receipt["request_id"], person, receipt["ticket"])
    row, tasks = await whole.led(receipt["request_id"])

    assert row.outcome == "complied"
    assert {kind for kind in KINDS for item in await whole.holdings.held(kind) if "Robin" in item} == CORRECTED
    nowhere = {"ga4", "linkedin"}
    assert tasks.keys() == {"judge ", "confirm sprout"} | {f"act {kind}" for kind in KINDS.keys() - CORRECTED - nowhere}
    assert all(name in task.instructions for kind, task in tasks.items() if kind != "confirm sprout")
    assert {kind: await whole.holdings.of(kind, neighbour) for kind in KINDS} == theirs


async def collected(whole: Whole, person: Client, passphrase: str) -> dict[str, str]:
    """The members of the package behind the link in the person's mail."""
    link = await until("a letter with a link", lambda: whole.habeas.mail.link(person.email))
    body = f"passphrase={passphrase}".encode()
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await whole.habeas.post(f"/v1/downloads/{link}", body, form)
    assert check_package(io.BytesIO(answer.body)) == []
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def part_of(package: Mapping[str, str], kind: str) -> str:
    """All that a package has from the system of a kind."""
    return "".join(text for name, text in package.items() if name.startswith((f"data/{kind}.", f"files/{kind}/")))
