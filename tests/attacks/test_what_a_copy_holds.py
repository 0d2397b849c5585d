"""What somebody planted in the company's systems, in order to have it sent, run or unpacked."""

import csv
import gzip
import io
import json
import re
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dsar.identity import Key
from dsar.records import Exported, FileRef, Record
from dsar.requests import Right
from tests.attacks.threats import Threat, against
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, house
from tests.unit.outbound_rig import zipped
from vault.package import check_package

OTHERS = ("Bob Jones", "bob.jones@acme.example", "Eve Stone", "eve.stone@rival.example")
NUMBERS = ("123-45-6789", "4111 1111 1111 1111", "DE89370400440532013000", "hunter2", "X9988776", "H-445566", "Fluffy")
THREAD = {
    "text": f"Project notes for {ADA}",
    "created_by": {"name": "Bob Jones", "email": "bob.jones@acme.example"},
    "comments": [{"author": {"name": "Eve Stone", "email": "eve.stone@rival.example"}, "text": "as Bob Jones said"}],
    "cc": "Bob Jones <bob.jones@acme.example>, Eve Stone <eve.stone@rival.example>",
}
FORBIDDEN = {
    "note": "SSN 123-45-6789, card 4111 1111 1111 1111, IBAN DE89370400440532013000",
    "password": "hunter2",
    "passport_number": "X9988776",
    "health_insurance_id": "H-445566",
    "security_answer": "Fluffy",
}


class Archive(FakeSystem):
    """One record of Ada's, with whatever data and files a test plants."""

    def __init__(self, data: dict[str, Any], files: dict[str, bytes], label: str = "a page") -> None:
        record = Record(id="one", category="project communications", matched=frozenset({Key.EMAIL}), label=label)
        super().__init__("notes", [record])
        self._data, self._files = data, files

    async def export(self, records: Sequence[Record]) -> Sequence[Exported]:
        """What was planted."""
        files = tuple(FileRef(name=name, locator=name, media_type="text/plain") for name in self._files)
        return [Exported(record_id=r.id, category=r.category, label=r.label, data=self._data, files=files)
                for r in records]  # fmt: skip

    async def open(self, file: FileRef) -> AsyncIterator[bytes]:
        """In blocks."""
        content = self._files[file.locator]
        for at in range(0, len(content), 50_000):
            yield content[at : at + 50_000]


async def copied(folder: Path, system: Archive) -> dict[str, bytes]:
    """Ada's copy, member by member, as she gets it."""
    async with house(folder, system) as at:
        receipt = await at.submit(Right.ACCESS)
        await at.proved(receipt)
        await at.until(lambda: bool(at.answers()))
        content = b"".join([chunk async for chunk in at.desk.package(receipt.request_id, "package.zip")])
    assert check_package(io.BytesIO(content)) == []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def all_in(members: dict[str, bytes]) -> str:
    """Every name and every word, however deep."""
    said = list(members)
    for content in members.values():
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as inner:
                said.append(all_in({name: inner.read(name) for name in inner.namelist()}))
        else:
            said.append((gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("latin-1"))
    return "\n".join(said)


def planted(what: dict[str, Any]) -> dict[str, tuple[dict[str, Any], dict[str, bytes]]]:
    """The same in every place where it can hide."""
    told = json.dumps(what, indent=1).encode()
    names = {"members": what, "mine": ADA}
    return {
        "in a record": (names, {}),
        "in a file": (names, {"notes.json": told}),
        "in an archive in an archive": (names, {"all.zip": zipped({"deep.zip": zipped({"notes.json": told})})}),
        "in a packed file": (names, {"notes.json.gz": gzip.compress(told)}),
    }


@against(Threat.THIRD_PARTIES)
@pytest.mark.parametrize("where", planted({}))
async def test_other_people_are_in_no_part_of_a_copy(tmp_path: Path, where: str) -> None:
    """Authors, commenters, copied in: their names and addresses are taken out, hers stay."""
    said = all_in(await copied(tmp_path, Archive(*planted(THREAD)[where])))

    assert [name for name in OTHERS if name in said] == []
    assert ADA in said


@against(Threat.FORBIDDEN_NUMBERS)
@pytest.mark.parametrize("where", planted({}))
async def test_what_must_never_be_sent_is_in_no_part_of_a_copy(tmp_path: Path, where: str) -> None:
    """Seeded numbers, passwords, answers to security questions (11 CCR 7024(d))."""
    said = all_in(await copied(tmp_path, Archive(*planted(FORBIDDEN)[where])))

    assert [number for number in NUMBERS if number in said] == []


MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)><a href="javascript:alert(1)">&{{7*7}}'


@against(Threat.HOSTILE_CONTENT)
async def test_what_is_held_cannot_become_a_part_of_the_report(tmp_path: Path) -> None:
    """Markup in fields, labels and names of files is text on a page that runs and loads nothing."""
    name = "..\\..\\<svg onload=alert(1)>.html"
    members = await copied(tmp_path, Archive({MARKUP: MARKUP}, {name: MARKUP.encode()}, label=MARKUP[:100]))
    pages = [content.decode() for path, content in members.items() if path.endswith(".html") and "files/" not in path]

    assert pages
    for page in pages:
        assert not re.search(r"<script|<img|<svg|<a href=.javascript|<[^>]* on\w+=", page, re.IGNORECASE)
        assert "49" not in page.partition("alert(1)")[2][:200]


NAMES = (
    "../../etc/passwd", "/etc/passwd", "C:\\Windows\\x.txt", "con.txt", "a/../../b", "\x00nul", "..", "x" * 400, "a\nb",
    "\u202egpj.exe", "~/.ssh/id", "CON", "a:b", " ",
)  # fmt: skip


@against(Threat.HOSTILE_CONTENT)
async def test_no_name_leaves_the_folder_that_it_is_unpacked_to(tmp_path: Path) -> None:
    """Whatever a file was called where it lay."""
    members = await copied(tmp_path, Archive({}, dict.fromkeys(NAMES, b"content")))
    files = [path for path, content in members.items() if content == b"content"]

    assert len(files) == len({path.lower() for path in files}) == len(NAMES)
    assert [path for path in files if re.search(r"(^|/)\.\.?(/|$)|^/|\\|[\x00-\x1f\u202e]|:", path)] == []
    assert max(map(len, files)) < 250


@against(Threat.HOSTILE_CONTENT)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.gz", gzip.compress(bytes(300_000_000))),
        ("broken.zip", zipped({"a.txt": "a"})[:-10]),
        ("locked.rar", b"Rar!\x1a\x07" + bytes(40)),
        ("nested.json", b"[" * 200_000 + b"]" * 200_000),
    ],
    ids=["bomb", "broken", "locked", "nested"],
)
async def test_a_file_that_is_to_break_its_reader_is_withheld_and_holds_up_nothing(
    tmp_path: Path, name: str, content: bytes
) -> None:
    """The copy goes out, small and whole; the file is left out, and a person looks at it."""
    members = await copied(tmp_path, Archive({"mine": ADA}, {name: content, "good.txt": b"good"}))

    assert sum(map(len, members.values())) < 5_000_000
    assert b"good" in members.values()


FORMULAS = ('=HYPERLINK("http://evil")', "+1+cmd|' /C calc'!A0", "-2+cmd", "@SUM(1)", "\t=1")


@against(Threat.HOSTILE_CONTENT)
async def test_no_row_that_we_write_runs_in_a_spreadsheet(tmp_path: Path) -> None:
    """Something was taken out of each of these rows, so we wrote them: a cell that begins like a formula is text."""
    target = io.StringIO()
    csv.writer(target).writerows([["name", "mail", "by"], *([each, ADA, OTHERS[1]] for each in FORMULAS)])
    members = await copied(tmp_path, Archive({"mine": ADA}, {"list.csv": target.getvalue().encode()}))
    (table,) = [content.decode() for path, content in members.items() if path.endswith(".csv")]
    cells = [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]

    assert OTHERS[1] not in table
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []
