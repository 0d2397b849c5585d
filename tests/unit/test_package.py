"""The package: whole, checkable, safe to unpack and to open, and of constant size in memory."""

import hashlib
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dsar.forbidden_kinds import Forbidden
from dsar.particulars import Particulars
from dsar.records import Exported, FileRef
from dsar.requests import Regime, Right
from tests.unit.outbound_rig import BOB, MINE, PLANTED, clean, screen, zipped
from vault.filenames import MAX_BYTES, safe_name
from vault.keys import KeyRing
from vault.package import PackageHead, PackageSystem, check_package, write_package
from vault.report import MAX_CHARACTERS, MAX_FIELDS, MAX_SHOWN
from vault.store import DiskStore
from vault.vault import Vault

HEAD = PackageHead(
    request_id="request-1",
    right=Right.ACCESS,
    regime=Regime.US_CA,
    received=datetime(2026, 1, 5, tzinfo=UTC),
    answered=datetime(2026, 1, 20, 8, 30, tzinfo=UTC),
    controller="Studio & Sons",
    contact="privacy@example.org",
)
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}{% raw %}"

BAD = Particulars(purpose=HOSTILE, origin=HOSTILE, recipients=(HOSTILE,), kept=HOSTILE, shared=True, sensitive=True)


def record(number: int, data: dict[str, Any] | None = None, *files: str, category: str = "invoices") -> Exported:
    return Exported(
        record_id=f"r{number}",
        category=category,
        label=f"Record {number}",
        data=data if data is not None else {"n": number},
        files=tuple(FileRef(name=name, locator=name) for name in files),
    )


def system(name: str, records: Sequence[Exported], *notes: str, page: int = 10) -> PackageSystem:
    async def pages() -> AsyncIterator[Sequence[Exported]]:
        for at in range(0, len(records), page):
            yield records[at : at + page]

    async def open_file(file: FileRef) -> AsyncIterator[bytes]:
        yield f"content of {file.locator}".encode()

    return PackageSystem(name=name, title=name.title(), pages=pages, open_file=open_file, notes=notes)


async def packed(*systems: PackageSystem, head: PackageHead = HEAD) -> zipfile.ZipFile:
    chunks = [chunk async for chunk in write_package(head, systems).chunks()]
    return zipfile.ZipFile(io.BytesIO(b"".join(chunks)))


class Page(HTMLParser):
    """What a browser would make of the report: its tags, its links, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def report_of(archive: zipfile.ZipFile) -> Page:
    return Page(archive.read("report.html").decode())


async def test_a_package_holds_everything_for_people_and_for_machines(tmp_path: Path) -> None:
    """Streamed into the vault and out again: each record once, each file with its content, all of it checked."""
    store = DiskStore(tmp_path, durable=False)
    vault = Vault(store, KeyRing(store, {"m1": bytes(32)}, "m1"))
    await vault.create("request-1")
    records = [record(n, None, *(["a.pdf", "a.pdf"] if n in (3, 17) else [])) for n in range(25)]
    package = write_package(HEAD, [system("notion", records), system("ga4", [])])

    await vault.write("request-1", "package.zip", package.chunks())

    content = await vault.get("request-1", "package.zip")
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert check_package(io.BytesIO(content)) == []
    assert archive.testzip() is None
    data = json.loads(archive.read("data/notion.json"))
    assert [entry["id"] for entry in data] == [r.record_id for r in records]
    assert [entry["data"] for entry in data] == [r.data for r in records]
    assert json.loads(archive.read("data/ga4.json")) == []
    paths = [file["path"] for entry in data for file in entry["files"]]
    assert paths == [f"files/notion/{n}-a.pdf" for n in (1, 2, 3, 4)]
    assert all(archive.read(path) == b"content of a.pdf" for path in paths)
    summary = package.summary
    assert (summary.records, summary.files, summary.bytes) == (25, 4, len(content))
    assert summary.sha256 == hashlib.sha256(content).hexdigest()


async def test_the_same_facts_give_the_same_package() -> None:
    """A repeated activity seals the same bytes: no clock, no chance."""
    packages = [write_package(HEAD, [system("notion", [record(1, None, "x")])]) for _ in range(2)]

    first, second = [[chunk async for chunk in package.chunks()] for package in packages]

    assert b"".join(first) == b"".join(second)


async def test_the_manifest_says_what_the_package_is() -> None:
    """Its request, its time, its format and every other member."""
    archive = await packed(system("s3", [record(1)]))

    manifest = json.loads(archive.read("manifest.json"))

    assert manifest["format"] == "habeas-package/1"
    assert (manifest["request_id"], manifest["right"], manifest["regime"]) == ("request-1", "access", "us-ca")
    assert manifest["generated_at"] == "2026-01-20T08:30:00Z"
    listed = {member["path"] for member in manifest["members"]}
    assert listed == {"data/s3.json", "report.html", "README.txt"} == set(archive.namelist()) - {"manifest.json"}


async def test_the_report_shows_the_first_records_and_says_where_the_rest_is() -> None:
    """Counts are of all records, by category; a system that was not reached is not called empty."""
    records = [record(n, category="invoices" if n % 2 else "contracts") for n in range(MAX_SHOWN + 51)]
    archive = await packed(system("notion", records), system("ga4", []), system("figma", [], "could not be reached"))

    page = report_of(archive)

    assert "Record 199" in page.text
    assert "Record 200" not in page.text
    assert "These are the first 200 of 251 records." in page.text
    assert "data/notion.json" in page.links
    assert "Contracts126" in "".join(page.text.split())
    assert page.text.count("We found nothing about you here.") == 1
    assert page.text.count("could not be reached") == 2
    assert len(json.loads(archive.read("data/notion.json"))) == 251


async def test_a_large_record_is_shortened_in_the_report_only() -> None:
    """Long values, many fields, deep structures: the report says so, the data is whole."""
    deep: Any = "deep value"
    for _ in range(50):
        deep = {"in": deep}
    data = {"long": "x" * 5_000, **{f"f{n}": n for n in range(300)}, "deep": deep}
    archive = await packed(
        system("notion", [record(1, data), record(2, {"deep": deep, "list": [{"a": [1, 2]}, None]})])
    )

    page = report_of(archive)

    assert "x" * MAX_CHARACTERS + "…" in page.text
    assert "x" * (MAX_CHARACTERS + 1) not in page.text
    assert f"f{MAX_FIELDS - 2}" in page.text
    assert f"f{MAX_FIELDS}" not in page.text
    assert page.text.count("The whole record is in") == 1
    assert "deep value" in page.text
    assert json.loads(archive.read("data/notion.json"))[0]["data"] == data


async def test_data_cannot_become_part_of_the_report() -> None:
    """Whatever stands in a record, a name, a title or a note: it is text."""
    hostile = Exported(
        record_id="1",
        category=HOSTILE,
        label=HOSTILE,
        data={HOSTILE: HOSTILE, "list": [HOSTILE], "=1+1": "@SUM(A1)", "nul": "a\0b\x1b"},
        files=(FileRef(name=f"javascript:alert(1)//{HOSTILE}", locator="l"),),
    )
    notes = PackageSystem("s3", HOSTILE, system("s3", [hostile]).pages, system("s3", []).open_file, (HOSTILE,))
    head = PackageHead(
        **{
            **vars(HEAD),
            "controller": HOSTILE,
            "retained": (HOSTILE,),
            "purposes": {HOSTILE: HOSTILE},
            "particulars": {HOSTILE: BAD},
        }
    )
    plain = report_of(await packed(system("s3", [record(1, None, "x")], "note"), head=HEAD))

    page = report_of(await packed(notes, head=head))

    assert page.tags <= plain.tags | {"h3", "h4", "ul", "li", "small"}
    assert "script" not in page.tags
    assert not {name for name in page.attributes if name.startswith("on")}
    assert all(link.startswith(("data/", "files/", "#system-")) for link in page.links)
    assert page.text.count(HOSTILE) >= 10
    assert "49" not in page.text.replace(HOSTILE, "")
    assert "\0" not in page.text


async def test_no_level_of_headings_is_left_out() -> None:
    """Who has the report read out jumps from heading to heading."""
    said = Particulars(purpose="billing", origin="you", recipients=(), kept="always", shared=True, sensitive=True)
    head = PackageHead(**{**vars(HEAD), "retained": ("an invoice",), "particulars": {"invoices": said}})

    html = (await packed(system("s3", [record(1)], "note"), head=head)).read("report.html").decode()

    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert {1, 2, 3} == set(levels)
    assert all(below - above <= 1 for above, below in pairwise(levels))


async def test_the_report_needs_nothing_from_outside() -> None:
    """No script, no address; and a policy in the page that would stop both."""
    archive = await packed(system("s3", [record(1)]))

    html = archive.read("report.html").decode()

    assert "default-src 'none'" in html
    assert "http://" not in html
    assert "https://" not in html
    assert "url(" not in html


async def test_odd_values_stay_valid_json() -> None:
    """Not-a-number and half characters come from vendors, too."""
    data = {"nan": float("nan"), "text": "é漢字\u202e", "none": None, "n": 2**70}
    archive = await packed(system("s3", [record(1, data), record(2, {"half": "\ud800"})]))

    first, second = json.loads(archive.read("data/s3.json"))

    assert first["data"] == {**data, "nan": None}
    assert second["data"] == {"half": "\ud800"}
    assert archive.read("report.html").decode()


FILE_NAMES = [
    ("../../etc/passwd", "passwd"),
    ("/etc/passwd", "passwd"),
    ("C:\\Windows\\system32\\cmd.exe", "cmd.exe"),
    ("a/..", "file"),
    ("..", "file"),
    ("", "file"),
    (".htaccess", "htaccess"),
    ("invoice\u202efdp.exe", "invoice_fdp.exe"),
    ("tab\tnew\nline.txt", "tab_new_line.txt"),
    ("Übersicht 2026 (final).pdf", "Übersicht 2026 (final).pdf"),
    ("見積書.pdf", "見積書.pdf"),
    ('what?*<>|:".txt', "what_______.txt"),
    ("trailing. . .", "trailing"),
    ("\uff0f\u2215\u29f8.txt", "file.txt"),
]


@pytest.mark.parametrize(("name", "safe"), FILE_NAMES)
def test_a_file_keeps_as_much_of_its_name_as_is_safe(name: str, safe: str) -> None:
    """Its last part, in its own script."""
    assert safe_name(name) == safe


@given(st.text(max_size=300))
@example("x" * 300 + ".pdf")
@example("é" * 200 + "." + "é" * 5)
@example("\ud800.txt")
def test_no_name_leaves_its_folder_or_stops_an_unpacker(name: str) -> None:
    """One segment, of bounded length, that Windows, macOS and Linux take."""
    safe = safe_name(name)

    assert safe
    assert len(safe.encode()) <= MAX_BYTES
    assert not set(safe) & set('/\\:*?"<>|\0\n\r\t')
    assert ".." not in safe
    assert safe == safe.strip(". ")
    assert all(char.isprintable() for char in safe)


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_every_name_unpacks_to_a_place_of_its_own(tmp_path: Path) -> None:
    """Equal, equal but for case, reserved on Windows: the number in front keeps them apart."""
    names = ["a.txt", "a.txt", "A.TXT", "con", "NUL.txt", *(name for name, _ in FILE_NAMES)]
    archive = await packed(system("s3", [record(n, None, name) for n, name in enumerate(names)]))

    archive.extractall(tmp_path)

    unpacked = files_in(tmp_path)
    assert len([path for path in unpacked if path.parent == tmp_path / "files/s3"]) == len(names)
    assert len({path.name.casefold() for path in unpacked}) == len(unpacked)
    assert all(path.name[0].isdigit() for path in unpacked if "files" in path.parts)


async def test_two_systems_cannot_share_a_place() -> None:
    """It is a mistake of the caller, and said before anything is written."""
    with pytest.raises(ValueError, match="same name"):
        write_package(HEAD, [system("s3", []), system("s3", [])])


async def test_a_file_that_breaks_off_stops_the_package(tmp_path: Path) -> None:
    """No package that looks whole: nothing is in the vault, and there is no summary."""
    store = DiskStore(tmp_path, durable=False)
    vault = Vault(store, KeyRing(store, {"m1": bytes(32)}, "m1"))
    await vault.create("request-1")

    async def breaks(file: FileRef) -> AsyncIterator[bytes]:
        yield b"x" * 100
        raise ConnectionError

    whole = system("s3", [record(1, None, "a")])
    package = write_package(HEAD, [PackageSystem("s3", "S3", whole.pages, breaks)])
    with pytest.raises(ConnectionError):
        await vault.write("request-1", "package.zip", package.chunks())

    assert not await vault.exists("request-1", "package.zip")
    with pytest.raises(RuntimeError, match="not written to its end"):
        _ = package.summary


async def test_records_that_change_meanwhile_stop_the_package() -> None:
    """Data and files are two passes; they must tell the same story."""
    calls = 0

    async def pages() -> AsyncIterator[Sequence[Exported]]:
        nonlocal calls
        calls += 1
        yield [record(1, None, "a")] if calls == 1 else []

    with pytest.raises(RuntimeError, match="changed while they were packed"):
        await packed(PackageSystem("s3", "S3", pages, system("s3", []).open_file))


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(50)
FILES = {
    "notes.txt": PLANTED.encode(),
    "Bob Jones 123-45-6789.txt": b"thanks to Bob Jones",
    "old.doc": b"\xd0\xcf\x11\xe0" + bytes(300) + b"a letter to bob.jones@acme.example here" + bytes(50),
    "me.png": PICTURE,
    "all.zip": zipped({"notes.txt": PLANTED, "locked.rar": b"Rar!\x1a\x07" + bytes(40)}),
}
AUTHORED = {
    "created_by": {"object": "user", "id": "u-bob", "name": "Bob Jones", "person": {"email": BOB}},
    "mine": MINE,
}


def planted() -> PackageSystem:
    """A record by somebody else, and files of every fate."""
    first = record(1, {"note": "Bob Jones, SSN 123-45-6789"}, *list(FILES)[:2])
    second = record(2, AUTHORED, *list(FILES)[2:])
    whole = system("notion", [first, second])

    async def open_file(file: FileRef) -> AsyncIterator[bytes]:
        for at in range(0, len(FILES[file.locator]), 100):
            yield FILES[file.locator][at : at + 100]

    return PackageSystem("notion", "Notion", whole.pages, open_file)


async def test_what_must_not_leave_is_in_no_part_of_a_package() -> None:
    """Records, names, labels, files, archives in it, the report; who is learned of last is found in the first text."""
    package = write_package(HEAD, [planted()], screen())
    content = b"".join([chunk async for chunk in package.chunks()])
    archive = zipfile.ZipFile(io.BytesIO(content))

    parts = {name: archive.read(name) for name in archive.namelist()}

    assert check_package(io.BytesIO(content)) == []
    everything = b"".join([*parts.values(), *(name.encode() for name in parts)])
    for secret in (b"123-45-6789", b"hunter2", b"4111 1111", b"Bob Jones", BOB.encode()):
        assert secret not in everything
    clean(parts["files/notion/1-notes.txt"])
    assert parts["files/notion/4-me.png"] == PICTURE
    with zipfile.ZipFile(io.BytesIO(parts["files/notion/5-all.zip"])) as inner:
        clean(inner.read("notes.txt"))
        assert inner.namelist() == ["notes.txt", "locked.rar.withheld.txt"]
    assert MINE.encode() in parts["data/notion.json"]


async def test_a_package_says_what_it_does_not_show() -> None:
    """Kinds and places, files with the reason; and the same as numbers, without a name, for the journal."""
    package = write_package(HEAD, [planted()], screen())
    content = b"".join([chunk async for chunk in package.chunks()])
    archive = zipfile.ZipFile(io.BytesIO(content))

    page = report_of(archive)

    said = " ".join(page.text.split())
    data = json.loads(archive.read("data/notion.json"))
    assert "the law forbids us to send them" in said
    assert "Social security number: 4 places" in said
    assert "Password or key: 2 places" in said
    assert "data of other people was taken out" in said
    assert "1 file is not in this package yet" in said
    assert "old.docIt holds another person" in said
    assert "1 file with pictures, sound, video or typefaces is as we hold it" in said
    assert data[1]["files"][0]["withheld"].startswith("it holds another person's data")
    assert "path" not in data[1]["files"][0]
    summary = package.summary
    assert (summary.files, summary.withheld, summary.as_they_are) == (4, {"notion": 1}, 1)
    assert summary.taken_out[Forbidden.SSN] == 4
    assert json.loads(archive.read("manifest.json"))["files"] == 4
    assert [(file.system, file.record_id, file.name) for file in package.withheld] == [("notion", "r2", "old.doc")]


async def test_where_no_law_forbids_it_the_report_does_not_say_that_one_does() -> None:
    """Elsewhere than in California, it is our own caution, and there is a way to ask."""
    head = PackageHead(**{**vars(HEAD), "regime": Regime.EU})

    page = report_of(await packed(system("s3", [record(1, {"password": "hunter2"})]), head=head))

    assert "forbids" not in page.text
    assert "send them to nobody" in page.text


async def test_a_package_without_anything_to_hide_says_nothing_of_it() -> None:
    """No empty headings."""
    package = write_package(HEAD, [system("notion", [record(1, None, "a.txt")])], screen())
    content = b"".join([chunk async for chunk in package.chunks()])

    page = report_of(zipfile.ZipFile(io.BytesIO(content)))

    assert "What is not shown here" not in page.text
    assert (package.summary.withheld, package.summary.taken_out, package.summary.as_they_are) == ({}, {}, 0)


async def test_the_report_says_what_the_law_asks_of_each_category() -> None:
    """Confirmation, purpose, source, who actually has it, how long (GDPR 15(1), Cal. Civ. Code 1798.110)."""
    said = Particulars(
        purpose="billing",
        origin="you, when you pay",
        recipients=("our accountant",),
        kept="7 years after its creation, because of tax law",
        shared=True,
        sensitive=True,
    )
    head = PackageHead(**{**vars(HEAD), "particulars": {"invoices": said, "never found": said}})
    systems = [system("s3", [record(1)]), system("ga4", [record(2, category="unheard of")]), system("notion", [])]

    page = report_of(await packed(*systems, head=head))

    text = " ".join(page.text.split())
    lines = [line for line in page.text.split("\n") if line]
    about, unknown = lines.index("Invoices"), lines.index("Unheard of")
    assert "Yes. Studio & Sons holds and uses personal data about you." in text
    assert "It was found in these systems: S3, Ga4. Whoever runs one of them for us receives what is in it." in text
    assert lines[about + 1 : about + 5] == [
        "Used forbilling",
        "Comes fromyou, when you pay",
        "Received byS3, with whoever runs it for us, our accountant",
        "Kept7 years after its creation, because of tax law",
    ]
    assert lines[unknown + 1 : unknown + 3] == [
        "Comes fromGa4",
        "Received byGa4, with whoever runs it for us",
    ]
    assert "Never found" not in text
    assert "with advertising networks" in text


def rewritten(archive: zipfile.ZipFile, change: Callable[[dict[str, bytes]], None]) -> io.BytesIO:
    members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as copy:
        for name, content in members.items():
            copy.writestr(name, content)
    return target


CHANGES: list[tuple[Callable[[dict[str, bytes]], Any], str]] = [
    (lambda m: m.update({"data/s3.json": m["data/s3.json"].replace(b"r1", b"r2")}), "data/s3.json: its content is"),
    (lambda m: m.update({"data/s3.json": m["data/s3.json"] + b" "}), "data/s3.json: not "),
    (lambda m: m.pop("report.html"), "report.html: missing"),
    (lambda m: m.update({"extra.exe": b"x"}), "extra.exe: not in the manifest"),
    (lambda m: m.update({"../up": b"x"}), "../up: leaves the package"),
    (lambda m: m.pop("manifest.json"), "manifest.json: missing"),
    (lambda m: m.update({"manifest.json": b"{}"}), "manifest.json: not readable"),
    (
        lambda m: m.update({"manifest.json": m["manifest.json"].replace(b"package/1", b"package/9")}),
        "manifest.json: of the format habeas-package/9",
    ),
]


@pytest.mark.parametrize(("change", "problem"), CHANGES)
async def test_a_package_that_was_changed_is_found_out(change: Callable[[dict[str, bytes]], Any], problem: str) -> None:
    """Altered, longer, without a member, with one more."""
    archive = await packed(system("s3", [record(1)]))

    problems = check_package(rewritten(archive, change))

    assert any(found.startswith(problem) for found in problems)


async def test_a_damaged_package_is_found_out(tmp_path: Path) -> None:
    """Cut short, with a bit turned, or no package at all; given as a file or as a path."""
    chunks = [chunk async for chunk in write_package(HEAD, [system("s3", [record(1)])]).chunks()]
    whole = b"".join(chunks)
    turned = bytearray(whole)
    turned[whole.index(b"data/s3.json") + 60] ^= 1
    path = tmp_path / "package.zip"
    path.write_bytes(whole)

    assert check_package(path) == []
    assert check_package(io.BytesIO(whole[: len(whole) // 2])) == ["it is not a whole ZIP file"]
    assert check_package(io.BytesIO(b"")) == ["it is not a whole ZIP file"]
    assert any(found.startswith("data/s3.json") for found in check_package(io.BytesIO(bytes(turned))))


async def peak_of(records: int, tmp_path: Path) -> int:
    """The most memory that packing so many records into the vault took, in bytes."""
    store = DiskStore(tmp_path / str(records), durable=False)
    vault = Vault(store, KeyRing(store, {"m1": bytes(32)}, "m1"))
    await vault.create("request-1")

    async def pages() -> AsyncIterator[Sequence[Exported]]:
        for at in range(0, records, 100):
            yield [record(n, {"name": f"Person {n}", "text": "lorem ipsum " * 20}) for n in range(at, at + 100)]

    whole = PackageSystem("big", "Big", pages, system("big", []).open_file)
    tracemalloc.start()
    try:
        package = write_package(HEAD, [whole])
        await vault.write("request-1", "package.zip", package.chunks())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert package.summary.records == records


async def test_fifty_thousand_records_take_the_memory_of_a_thousand(tmp_path: Path) -> None:
    """Data streams: only the records that the report shows are held."""
    await peak_of(200, tmp_path)  # what is allocated once

    few = await peak_of(1_000, tmp_path)
    many = await peak_of(50_000, tmp_path)

    assert many < 1.25 * few + 1_000_000
