"""Nobody without the key changes the journal unseen."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update

from ledger.chain import Chain, Entry, Head
from ledger.database import Database
from ledger.ledger import Ledger
from ledger.tables import journal, journal_head
from ledger.transaction import Transaction
from ledger.verification import MOST_PROBLEMS, Verification
from tests.unit.ledger_rig import KEY, new_request, opened, sql

ENTRIES = 8
COLUMNS = ["at", "request_id", "step", "event", "facts", "prev", "hash"]
FORGER = Chain(b"the forger knows the program, and has another key")

Row = dict[str, Any]


@dataclass
class Book:
    """The journal's rows and its head, as whoever owns the database can see and write them."""

    rows: list[Row]
    head: Row
    noted: str | None = None

    def copy(self) -> "Book":
        """Another one to tamper with."""
        return Book([dict(row) for row in self.rows], dict(self.head), self.noted)

    def clear(self) -> None:
        """Take every row away."""
        self.rows = []

    def follow(self) -> None:
        """Set the head to the last row, as well as it can be done without the key."""
        last = Head(self.rows[-1]["seq"], self.rows[-1]["hash"]) if self.rows else Head()
        self.head |= {"seq": last.seq, "hash": last.hash, "seal": FORGER.seal(last) if last.seq else ""}

    def forge(self, start: int) -> None:
        """Make the chain anew from a row on, with another key."""
        head = Head(self.rows[start - 1]["seq"], self.rows[start - 1]["hash"]) if start else Head()
        for row in self.rows[start:]:
            entry = Entry(row["at"], row["request_id"], row["step"], row["event"], row["facts"])
            after = FORGER.after(head, entry)
            row |= {"seq": after.seq, "prev": head.hash, "hash": after.hash}
            head = after


class Archive:
    """A journal whose guards are taken away, and which is put back after each look at it."""

    def __init__(self, database: Database, ledger: Ledger, book: Book) -> None:
        self.book = book
        self.database = database
        self._ledger = ledger

    async def look(self, book: Book) -> Verification:
        """Put a book in place of the journal, and verify it."""

        async def replace(connection: Transaction) -> None:
            await connection.execute(delete(journal))
            if book.rows:
                await connection.execute(insert(journal), book.rows)
            await connection.execute(update(journal_head).values(book.head))

        await self.database.write(replace)
        return await self._ledger.journal.verify(book.noted)


async def archive(url: str, ledger: Ledger) -> Archive:
    """A journal of a request, its guards off."""
    received = await ledger.requests.receive(new_request())
    for n in range(2, ENTRIES + 1):
        await ledger.journal.append(received.id, f"step {n}", "event", {"records": n})
    if "sqlite" in url:
        await sql(url, "DROP TRIGGER journal_refuses_update", "DROP TRIGGER journal_refuses_delete")
    else:
        await sql(url, "DROP TRIGGER journal_append_only ON journal")
    database = Database(url)
    rows = [dict(row) for row in await database.rows(select(journal).order_by(journal.c.seq))]
    (head,) = map(dict, await database.rows(select(journal_head)))
    return Archive(database, ledger, Book(rows, head))


def with_archive(url: str, test: Callable[[Archive, asyncio.Runner], None]) -> None:
    """Run a property, all of its examples in one archive."""
    with asyncio.Runner() as runner:
        stack = opened(url)
        ledger = runner.run(stack.__aenter__())
        kept = runner.run(archive(url, ledger))
        try:
            test(kept, runner)
        finally:
            runner.run(kept.database.close())
            runner.run(stack.__aexit__(None, None, None))


places = st.integers(0, ENTRIES - 1)


def changed(book: Book, data: st.DataObject) -> None:
    """One column of one row says something else."""
    row = book.rows[data.draw(places)]
    column = data.draw(st.sampled_from(COLUMNS))
    value = data.draw(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=70))
    assume(value != row[column])
    row[column] = value


def removed(book: Book, data: st.DataObject) -> None:
    """Some rows are gone, the head set to fit or not."""
    gone = data.draw(st.sets(places, min_size=1))
    book.rows = [row for n, row in enumerate(book.rows) if n not in gone]
    if data.draw(st.booleans()):
        book.follow()


def closed_up(book: Book, data: st.DataObject) -> None:
    """A row is gone, and the rows after it have moved up and been chained anew."""
    place = data.draw(places)
    del book.rows[place]
    for seq, row in enumerate(book.rows, start=1):
        row["seq"] = seq
    book.forge(place)
    book.follow()


def inserted(book: Book, data: st.DataObject) -> None:
    """A row is put in, made as well as it can be made, at the end or before it."""
    place = data.draw(st.integers(0, ENTRIES))
    row = {**book.rows[0], "seq": 0, "step": "put in", "event": data.draw(st.sampled_from(["event", "erased"]))}
    book.rows.insert(place, row)
    book.forge(place)
    if data.draw(st.booleans()):
        book.follow()


def moved(book: Book, data: st.DataObject) -> None:
    """Two rows have changed places, each with its hashes or without."""
    one, two = data.draw(st.lists(places, min_size=2, max_size=2, unique=True))
    columns = data.draw(st.sampled_from([COLUMNS, COLUMNS[:-2], ["at"], ["facts"]]))
    first, second = book.rows[one], book.rows[two]
    assume(any(first[c] != second[c] for c in columns))
    for column in columns:
        first[column], second[column] = second[column], first[column]


def forged(book: Book, data: st.DataObject) -> None:
    """From a row on, the whole chain is another's."""
    book.forge(data.draw(places))
    book.follow()


def head_changed(book: Book, data: st.DataObject) -> None:
    """The head says something else."""
    column = data.draw(st.sampled_from(["seq", "hash", "seal"]))
    value = data.draw(st.integers(1, 20)) if column == "seq" else data.draw(st.text("0123456789abcdef", max_size=64))
    assume(value != book.head[column])
    book.head[column] = value


TAMPERING = [changed, removed, closed_up, inserted, moved, forged, head_changed]


@pytest.mark.parametrize("tamper", TAMPERING, ids=lambda tamper: tamper.__name__)
def test_tampering_is_seen(ledger_url: str, tamper: Callable[[Book, st.DataObject], None]) -> None:
    """Each kind of it, wherever it is done."""

    def property_of(kept: Archive, runner: asyncio.Runner) -> None:
        @settings(max_examples=40, deadline=None)
        @given(st.data())
        def seen(data: st.DataObject) -> None:
            book = kept.book.copy()
            tamper(book, data)

            assert runner.run(kept.look(book)).problems

        seen()
        assert runner.run(kept.look(kept.book)).problems == ()

    with_archive(ledger_url, property_of)


def test_it_is_said_what_was_done_and_where(ledger_url: str) -> None:
    """In sentences with the number of the entry."""

    def table(kept: Archive, runner: asyncio.Runner) -> None:
        def problems(*tampering: Callable[[Book], object]) -> tuple[str, ...]:
            book = kept.book.copy()
            for tamper in tampering:
                tamper(book)
            return runner.run(kept.look(book)).problems

        seal = "the journal's head was changed by somebody without the key: entries may be missing at the end"

        assert problems(lambda b: b.rows[2].update(facts=json.dumps({"records": 4}))) == (
            "entry 3 is not as it was written",
        )
        assert problems(lambda b: b.rows.pop(3)) == ("entry 4 is missing",)
        assert problems(Book.clear) == (
            f"at the end, entries 1 to {ENTRIES} are missing",
            "requests whose receipt is not in the journal: 1",
        )
        assert problems(Book.clear, Book.follow) == ("requests whose receipt is not in the journal: 1",)
        assert problems(lambda b: b.rows.pop(), Book.follow) == (seal,)
        assert problems(lambda b: b.rows.insert(0, {**b.rows[0], "seq": -3, "step": "x"})) == ("entry -3 was put in",)
        assert problems(lambda b: b.rows.append({**b.rows[0], "seq": 9, "step": "x", "prev": b.rows[-1]["hash"]})) == (
            "entry 9 is not as it was written",
            "the entries after 8 are not the journal's own, or its head was set back",
        )

    with_archive(ledger_url, table)


def test_a_tail_that_was_cut_by_somebody_with_an_old_copy_is_seen_by_a_noted_head(ledger_url: str) -> None:
    """The whole database put back as it was is a journal without a fault; only what was noted elsewhere tells."""

    def restored(kept: Archive, runner: asyncio.Runner) -> None:
        noted = f"{ENTRIES}:{kept.book.rows[-1]['hash']}"
        old = kept.book.copy()
        old.rows.pop()
        old.follow()
        old.head["seal"] = Chain(KEY).seal(Head(old.head["seq"], old.head["hash"]))  # it was made then

        unnoticed = runner.run(kept.look(old))
        old.noted = noted
        noticed = runner.run(kept.look(old))

        assert unnoticed.problems == ()
        assert noticed.problems == (
            f"the head noted earlier, entry {ENTRIES}, is not in the journal: it was cut or changed",
        )

    with_archive(ledger_url, restored)


def test_entries_of_another_past_do_not_fit(ledger_url: str) -> None:
    """A database put back from a copy, and written on, has true entries of two pasts: they cannot be mixed."""

    def mixed(kept: Archive, runner: asyncio.Runner) -> None:
        book = kept.book.copy()
        chain, other = Chain(KEY), book.rows[4]
        entry = Entry(other["at"], other["request_id"], other["step"], "what happened in the other past", "{}")
        before = Head(4, chain.hash(4, entry, "another hash before"))
        other |= {"event": entry.event, "facts": "{}", "prev": before.hash, "hash": chain.after(before, entry).hash}

        assert runner.run(kept.look(book)).problems == tuple(
            f"entry {n} does not follow the one before it: one of the two was changed or put in" for n in (5, 6)
        )

    with_archive(ledger_url, mixed)


async def test_a_noted_head_stays_good_while_the_journal_grows(ledger: Ledger) -> None:
    """What was there when it was noted is there still."""
    empty = (await ledger.journal.verify()).head
    await ledger.journal.append("request-1", "first", "event")
    noted = (await ledger.journal.verify()).head
    await ledger.journal.append("request-1", "second", "event")

    found = await ledger.journal.verify(noted)

    assert (found.problems, found.head[:2]) == ((), "2:")
    assert (await ledger.journal.verify(empty)).problems == ()
    assert (await ledger.journal.verify("17")).problems == (
        "the head to compare with is not one: a number, a colon and 64 hexadecimal digits",
    )


async def test_another_key_finds_nothing_in_order(ledger: Ledger, ledger_url: str) -> None:
    """And does not fill the screen with it."""
    await asyncio.gather(*(ledger.journal.append("request-1", f"{n}", "event") for n in range(MOST_PROBLEMS * 2)))
    stranger = await Ledger.open(ledger_url, b"not the key of this ledger")

    found = await stranger.journal.verify()
    await stranger.close()

    assert (found.entries, len(found.problems)) == (MOST_PROBLEMS * 2, MOST_PROBLEMS)


async def test_a_long_journal_is_read_in_pages(ledger: Ledger) -> None:
    """Every entry once, also where one page ends and the next begins."""
    await asyncio.gather(*(ledger.journal.append("request-1", f"{n}", "event") for n in range(2_001)))

    found = await ledger.journal.verify()

    assert (found.entries, found.problems) == (2_001, ())


async def test_what_is_no_text_at_all_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    """SQLite takes anything in any column."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    async with opened(url) as ledger:
        await ledger.journal.append("request-1", "step", "event")
        await sql(url, "DROP TRIGGER journal_refuses_update")
        await sql(url, "UPDATE journal SET event = x'00ff', hash = 7, at = x'80'")

        found = await ledger.journal.verify()

    assert found.problems[0] == "entry 1 is not as it was written"


async def test_a_journal_without_its_head_is_no_journal(ledger: Ledger, ledger_url: str) -> None:
    """It says so, instead of beginning a new one."""
    await ledger.journal.append("request-1", "step", "event")
    await sql(ledger_url, "DELETE FROM journal_head")

    found = await ledger.journal.verify()

    assert found.problems == ("the journal's head is missing",)


def test_the_key_is_part_of_every_hash() -> None:
    """Without it none can be made, and a short one is refused."""
    entry = Entry("at", "request", "step", "event", "{}")

    assert Chain(KEY).hash(1, entry, "") != FORGER.hash(1, entry, "")
    with pytest.raises(ValueError, match="16 bytes"):
        Chain(b"short")
