"""A worker that is killed in the middle of its work: another goes on at the page, and nobody can tell."""

import io
import json
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.end_to_end.company import Company, until
from tests.end_to_end.holdings import CLIENTS, NOTHING, Somebody, held, plant
from vault.package import check_package

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(240)]

EXPORTED = 300
ERASED = 120
Counting = Callable[[Company], Awaitable[int]]
QUERY = ("POST", f"/notion/v1/data_sources/{CLIENTS}/query")


async def test_killed_while_it_searches_and_while_it_exports(habeas: Company) -> None:
    """Of 300 pages of results none is lost, none doubled; of those before the kill at most one is asked for again."""
    person = Somebody()
    await plant(habeas.stack, person, pages=EXPORTED)
    ids = {page["id"] for page in (await held(habeas.stack, person))["notion"]}
    await forget_calls(habeas)
    receipt = await habeas.asked("access", person)

    searched = await killed_after(habeas, 100, queries)
    exported = await killed_after(habeas, 100, readings)
    row = await habeas.answered(receipt["request_id"])
    records = await exported_records(habeas, person, receipt["passphrase"])

    assert 100 <= searched < EXPORTED
    assert 100 <= exported < EXPORTED
    assert row.outcome == "complied"
    assert Counter(record["id"] for record in records) == Counter(f"page:{each}" for each in ids)
    asked = await queries(habeas)
    assert EXPORTED + 1 <= asked <= EXPORTED + 2, "each page of results, the trash, and the page that was interrupted"
    read = Counter(path for method, path in await calls(habeas) if method == "GET" and "/v1/pages/" in path)
    assert len(read) == EXPORTED
    assert sorted(read.values())[-2:] in ([1, 1], [1, 2])
    assert len(await letter_ids(habeas, person)) == 2


async def test_killed_while_it_erases(habeas: Company) -> None:
    """All of it goes, once, and nothing else; the counts, the journal and the letters are those of an idle day."""
    person, bystander = Somebody(), Somebody()
    await plant(habeas.stack, person, bystander, pages=ERASED)
    others = await held(habeas.stack, bystander)
    await forget_calls(habeas)
    receipt = await habeas.asked("delete", person)

    emptied = await killed_after(habeas, 30, lambda _: emptied_pages(habeas, person))
    row = await habeas.answered(receipt["request_id"])

    assert 30 <= emptied < ERASED
    assert row.outcome == "complied"
    assert await held(habeas.stack, person) == NOTHING
    assert await held(habeas.stack, bystander) == others
    counts = {system: await habeas.facts(row.id, f"erase:{system}") for system in NOTHING}
    assert {system: fact.pop("system") for system, fact in counts.items()} == {system: system for system in NOTHING}
    assert counts == {
        "ga4": {"accepted": 2},
        "mailchimp": {"erased": 1},
        "notion": {"accepted": ERASED},
        "figma": {"erased": 2},
        "s3": {"erased": 2},
    }
    changed = Counter(path for method, path in await calls(habeas) if method == "PATCH")
    assert len(changed) == ERASED
    assert "Every entry is as it was written" in await habeas.starter("audit", "verify")
    assert len(await letter_ids(habeas, person)) == 2


async def killed_after(habeas: Company, count: int, counted: Counting) -> int:
    """Kill the worker once so much is done, and start another; how much it was."""

    async def enough() -> bool:
        return await counted(habeas) >= count

    await until(f"{count} are done", enough)
    await habeas.stack.worker.kill()
    done = await counted(habeas)
    await habeas.stack.start_worker()
    return done


async def calls(habeas: Company) -> list[tuple[str, str]]:
    """What Notion was asked, in order."""
    return [(call["method"], call["path"].partition("?")[0]) for call in await habeas.stack.calls("notion")]


async def forget_calls(habeas: Company) -> None:
    """Begin to count at nothing."""
    async with habeas.stack.http.delete(f"{habeas.stack.vendor('notion')}/_control/calls") as answer:
        answer.raise_for_status()


async def queries(habeas: Company) -> int:
    """How often Notion was asked for a page of results."""
    return (await calls(habeas)).count(QUERY)


async def readings(habeas: Company) -> int:
    """How often Notion was asked for a page's content."""
    return sum(method == "GET" and "/v1/pages/" in path for method, path in await calls(habeas))


async def emptied_pages(habeas: Company, person: Somebody) -> int:
    """How many of a person's pages say nothing any more."""
    pages = (await habeas.stack.state("notion"))["pages"]
    return ERASED - sum(person.mark in json.dumps(page) for page in pages)


async def exported_records(habeas: Company, person: Somebody, passphrase: str) -> list[dict[str, Any]]:
    """Notion's part of the package, as it is downloaded and checked."""
    link = await until("a letter with a link", lambda: habeas.mail.link(person.email))
    habeas.canaries.add(link or "")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await habeas.post(f"/v1/downloads/{link}", f"passphrase={passphrase}".encode(), form)
    assert check_package(io.BytesIO(answer.body)) == []
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        records: list[dict[str, Any]] = json.loads(archive.read("data/notion.json"))
    return records


async def letter_ids(habeas: Company, person: Somebody) -> set[str]:
    """The Message-IDs of a person's letters, of which none came twice."""
    found = [letter.message_id for letter in await habeas.letters(person)]
    assert len(found) == len(set(found))
    return set(found)
