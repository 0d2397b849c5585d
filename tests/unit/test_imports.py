"""A list of people is held against the suppression list before it goes anywhere."""

import asyncio
import base64
from pathlib import Path

import pytest

import settings
from dsar.fingerprints import fingerprints
from dsar.identity import Identifier, Key
from dsar.suppression import Scope
from foundation import founded, key_for
from tests.unit.machine import Machine, refused

LIST = "Name;E-Mail;Number\nAda;Ada@Example.org ;1\nBob;bob@example.org;2\n\nCy;cy@example.org;42\n"


def given(folder: Path, text: str = LIST) -> str:
    path = folder / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path.name


def asked(scope: Scope, *identifiers: Identifier) -> None:
    """These people have asked for it, and it was carried out."""

    async def work() -> None:
        configured = settings.read()
        async with founded(configured) as foundation:
            known_by = fingerprints(key_for(configured, "suppression"), identifiers)
            await foundation.ledger.suppressions.add("request-abcdefghijklmnopqrstuvwx", scope, known_by)

    asyncio.run(work())


def test_who_asked_is_told_by_line_and_left_out(machine: Machine) -> None:
    """However the address is written, by address or number; the others stay as they were."""
    name = given(machine.folder)
    asked(Scope.SHARING, Identifier(kind=Key.EMAIL, value="ada@example.org"))
    asked(Scope.ERASED, Identifier(kind=Key.CUSTOMER_ID, value="42"))

    said = machine.run("imports", "check", name, "--email", "E-Mail", "--customer-id", "Number", "--keep", "clean.csv")

    lines = [line.split() for line in said.out.splitlines()]
    assert said.status == 0
    assert [line[-2:] for line in lines if "opted" in line] == [["1", "2"]]
    assert [line[-2:] for line in lines if "erased" in line] == [["1", "5"]]
    assert (machine.folder / "clean.csv").read_text(encoding="utf-8") == "Name,E-Mail,Number\nBob,bob@example.org,2\n"
    assert "ada" not in said.out.lower()


def test_a_list_with_such_people_is_not_simply_fine(machine: Machine) -> None:
    """A script that imports stops there; without such people it goes on."""
    name = given(machine.folder)

    before = machine.run("imports", "check", name, "--email", "E-Mail")
    asked(Scope.MARKETING, Identifier(kind=Key.EMAIL, value="bob@example.org"))
    after = machine.run("imports", "check", name, "--email", "E-Mail")

    assert (before.status, after.status) == (0, 1)
    assert "None of 3 people" in before.out
    assert "objected to marketing" in after.out


@pytest.mark.parametrize(
    ("text", "arguments", "words"),
    [
        (LIST, (), "--email COLUMN"),
        (LIST, ("--email", "Mail"), "no column Mail"),
        ("", ("--email", "E-Mail"), "no column E-Mail"),
        ('E-Mail\n"ada', ("--email", "E-Mail"), "no CSV"),
    ],
)
def test_what_is_no_such_list_is_refused(machine: Machine, text: str, arguments: tuple[str, ...], words: str) -> None:
    """With what to do, and without a line of it."""
    said = machine.run("imports", "check", given(machine.folder, text), *arguments)

    refused(said, words)
    assert "ada" not in said.err


def test_a_file_is_neither_missed_nor_overwritten(machine: Machine) -> None:
    """No list, one that is no text, and a clean list where there is a file already."""
    name = given(machine.folder)
    (machine.folder / "binary.csv").write_bytes(base64.b64decode("/////w=="))

    refused(machine.run("imports", "check", "none.csv", "--email", "E-Mail"), "No such file")
    refused(machine.run("imports", "check", "binary.csv", "--email", "E-Mail"), "no CSV in UTF-8")
    refused(machine.run("imports", "check", name, "--email", "E-Mail", "--keep", name), "File exists")

    assert (machine.folder / name).read_text(encoding="utf-8") == LIST
