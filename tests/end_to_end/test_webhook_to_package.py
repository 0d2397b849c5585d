"""A request's whole way: in by the webhook, proved by mail, carried out in five systems, answered."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from activities.packages import PACKAGE
from tests.end_to_end.company import Answer, Company, until
from tests.end_to_end.holdings import CLIENTS, NOTHING, Somebody, held, plant
from vault.package import check_package

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]


async def test_deletion(habeas: Company) -> None:
    """A person who proves who they are is erased in all five systems, and nobody else is; they are told."""
    person, bystander = Somebody(), Somebody()
    await plant(habeas.stack, person, bystander)
    others = await held(habeas.stack, bystander)

    receipt = await habeas.asked("delete", person)
    row = await habeas.answered(receipt["request_id"])

    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING
    assert await held(habeas.stack, bystander) == others
    letters = await habeas.letters(person)
    assert len(letters) == 2
    assert all(person.email not in letter.message_id for letter in letters)
    assert await habeas.letters(bystander) == []
    assert "Every entry is as it was written" in await habeas.starter("audit", "verify")


async def test_deletion_with_an_invoice(habeas: Company) -> None:
    """What tax law keeps is kept, and only that; the answer says until when, and a hold waits for the day."""
    person = Somebody()
    await plant(habeas.stack, person, invoice=True)

    receipt = await habeas.asked("delete", person)
    row = await habeas.answered(receipt["request_id"])

    kept = [f"clients/{person.customer_id}/invoices/2025-7.pdf"]
    assert row.outcome == "partly"
    assert await held(habeas.stack, person) == {**NOTHING, "s3": kept}
    assert "tax and accounting law" in (await habeas.letters(person))[-1].body
    assert await until("a hold keeps it", lambda: habeas.facts(row.id, "held:s3"))


async def test_access(habeas: Company) -> None:
    """The package has every record of the person and nobody else's; its link opens it once."""
    person, bystander = Somebody(), Somebody()
    await plant(habeas.stack, person, bystander, invoice=True)
    before = await held(habeas.stack, person)

    receipt = await habeas.asked("access", person)
    row = await habeas.answered(receipt["request_id"])
    link = await until("a letter with a link", lambda: habeas.mail.link(person.email))
    habeas.canaries.add(link or "")
    wrong = await collected(habeas, link, "not-the-passphrase")
    first = await collected(habeas, link, receipt["passphrase"])
    second = await collected(habeas, link, receipt["passphrase"])

    assert row.outcome == "complied"
    assert (wrong.status, first.status, second.status) == (403, 200, 410)
    assert check_package(io.BytesIO(first.body)) == []
    content = {name: data.decode() for name, data in members(first.body).items()}
    assert {f"data/{system}.json" for system in NOTHING} <= content.keys()
    assert all(json.loads(content[f"data/{system}.json"]) for system in NOTHING)
    assert len(json.loads(content["data/notion.json"])) == len(before["notion"])
    assert len(json.loads(content["data/s3.json"])) == len(before["s3"])
    whole = "".join(content.values())
    assert all(canary in whole for canary in person.canaries)
    assert not any(canary in whole for canary in bystander.canaries)
    assert await held(habeas.stack, person) == before


async def test_expired_link(habeas: Company) -> None:
    """A link whose time is over gives nothing, whoever has the passphrase."""
    person = Somebody()
    await plant(habeas.stack, person)
    receipt = await habeas.asked("access", person)
    row = await habeas.answered(receipt["request_id"])
    yesterday = datetime.now(UTC) - timedelta(days=1)
    link = await habeas.foundation.ledger.links.issue(row.id, PACKAGE, yesterday)

    answer = await collected(habeas, link, receipt["passphrase"])

    assert answer.status == 410
    assert answer.kind == "text/html"


async def test_ambiguous_match(habeas: Company) -> None:
    """Pages that only share the person's name are shown to a person, and stay as they are when somebody else's."""
    person = Somebody()
    namesake = {"id": "0f0f0f0f-0000-4000-8000-00000000a11c", "data_source": CLIENTS}
    await plant(habeas.stack, person)
    state = await habeas.stack.state("notion")
    state["pages"].append(namesake | {"properties": {"Name": person.name, "Email": "canary.other@people.example"}})
    await habeas.stack.seed("notion", state)

    receipt = await habeas.asked("delete", person)
    await until("a task is open", lambda: tasks(habeas, receipt["request_id"]))
    (task,) = await tasks(habeas, receipt["request_id"])
    shown = await habeas.starter("tasks", task)
    said = await habeas.starter("resolve", task, "not_found", "--by", "privacy lead", "--note", "a namesake")
    row = await habeas.answered(receipt["request_id"])

    assert "Whose records in Notion?" in shown
    assert "not_found" in said
    assert row.outcome == "complied"
    left = await held(habeas.stack, person)
    assert [page["id"] for page in left.pop("notion")] == [namesake["id"]]
    assert left.items() <= NOTHING.items()


async def collected(habeas: Company, link: str | None, passphrase: str) -> Answer:
    """What the form behind a link answers."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return await habeas.post(f"/v1/downloads/{link}", f"passphrase={passphrase}".encode(), form)


def members(package: bytes) -> dict[str, bytes]:
    """The members of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def tasks(habeas: Company, request_id: str) -> list[str]:
    """The ids of a request's open tasks."""
    return [row.id for row in await habeas.foundation.ledger.tasks.list(request_id)]
