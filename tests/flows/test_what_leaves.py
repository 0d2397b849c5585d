"""What a person gets: all that is theirs, nothing that the law forbids, nothing of anybody else."""

import base64
import gzip
import json
from pathlib import Path
from typing import cast
from uuid import uuid4
from zipfile import ZipFile

from activities.packages import WITHHELD, Withheld
from dsar.case import TaskState
from dsar.requests import Right
from ledger.links import Granted
from tests.contract.rigs.notion import CLIENTS, NotionRig
from tests.contract.rigs.s3 import BUCKET, S3Rig
from tests.flows.fake_system import FakeSystem
from tests.flows.house import ADA, House, house
from tests.unit.outbound_rig import PLANTED, zipped
from vault.package import check_package

BOB, EVE = "bob.jones@acme.example", "eve.stone@rival.example"
NOTES = PLANTED.replace("ada@example.com", ADA)
WORD: dict[str, bytes | str] = {
    "[Content_Types].xml": "<?xml version='1.0'?><Types/>",
    "word/document.xml": "<?xml version='1.0'?><w:document><w:p><w:r><w:t>SSN 123-</w:t></w:r><w:r><w:t>45-6789, "
    "by Bob Jones, for " + ADA + "</w:t></w:r></w:p></w:document>",
}
FILES: dict[str, bytes] = {
    "notes.txt": NOTES.encode(),
    "archive.zip": zipped({"inner.zip": zipped({"deep/notes.txt": NOTES, "more.gz": gzip.compress(NOTES.encode())})}),
    "contract.docx": zipped(WORD),
    "old.doc": b"\xd0\xcf\x11\xe0" + bytes(200) + b"a letter to bob.jones@acme.example of old" + bytes(200),
    "scan.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
}
SECRETS = ("123-45-6789", "4111 1111", "hunter2", "45-6789", BOB, "Bob Jones", EVE, "Eve Stone", "X9988776")


async def hold(notion: NotionRig, s3: S3Rig) -> None:
    """Give Notion a page of Ada's with others on it, and one of Eve's; and S3 Ada's files, and one of Eve's."""
    state = await notion.state()
    bob = str(uuid4())
    state["users"][bob] = {"name": "Bob Jones", "email": BOB}
    mine = {
        "id": str(uuid4()),
        "data_source": CLIENTS,
        "created_by": bob,
        "properties": {"Name": "Ada", "Email": ADA, "Client": [bob]},
        "blocks": [
            {"text": "Passport number X9988776. " + NOTES, "comments": [{"text": "ask Bob Jones", "created_by": bob}]}
        ],
    }
    hers = {"id": str(uuid4()), "data_source": CLIENTS, "properties": {"Name": "Eve Stone", "Email": EVE}}
    await notion.put({**state, "pages": [mine, hers]})
    held = [(f"people/{ADA}/{name}", content) for name, content in FILES.items()]
    held.append((f"people/{EVE}/notes.txt", b"of Eve Stone"))
    kept = await s3.state()
    kept["buckets"][BUCKET]["versions"] = [
        {"key": key, "version_id": f"v{n}", "body_base64": base64.b64encode(content).decode(), "tags": {"by": EVE}}
        for n, (key, content) in enumerate(held)
    ]
    await s3.put(kept)


async def opened(at: House, passphrase: str, folder: Path) -> ZipFile:
    """The package, as the person gets it."""
    token = at.answers()[0].split("/v1/downloads/")[1].split()[0]
    use = await at.desk.collect(token, passphrase)
    assert isinstance(use, Granted)
    path = folder / "package.zip"
    path.write_bytes(b"".join([chunk async for chunk in at.desk.package(use.request_id, use.name)]))
    assert check_package(path) == []
    return ZipFile(path)


def everything(archive: ZipFile) -> str:
    """All that anybody can read in a package, however deep it is packed."""
    said = list(archive.namelist())
    for name in archive.namelist():
        content = archive.read(name)
        if content.startswith(b"PK"):
            path = Path(str(archive.filename)).with_suffix(f".{len(said)}.zip")
            path.write_bytes(content)
            with ZipFile(path) as inner:
                said.append(everything(inner))
        elif content.startswith(b"\x1f\x8b"):
            said.append(gzip.decompress(content).decode())
        else:
            said.append(content.decode("latin-1"))
    return "\n".join(said)


async def test_what_the_law_forbids_and_what_is_others_does_not_leave(tmp_path: Path) -> None:
    """From a page, a text, archives in an archive, a document: gone, named as held; one file waits for a person."""
    notion, s3 = NotionRig(), S3Rig()
    async with notion.start(), s3.start():
        await hold(notion, s3)
        systems = cast("tuple[FakeSystem, FakeSystem]", (notion.connector, s3.connector))
        async with house(tmp_path, *systems) as at:
            receipt = await at.submit(Right.ACCESS)
            passphrase = await at.proved(receipt)
            await at.until(lambda: bool(at.answers()))

            with await opened(at, passphrase, tmp_path) as archive:
                said = everything(archive)
                report = archive.read("report.html").decode()
                files = {name.partition("-")[2] for name in archive.namelist() if name.startswith("files/s3/")}

            assert [secret for secret in SECRETS if secret in said] == []
            assert said.count("Ada's notes.") >= 4
            assert ADA in said
            assert files == {"notes.txt", "archive.zip", "contract.docx", "scan.png"}
            assert "Social security number: " in report
            assert "Driver&#39;s licence, passport or other government number: 1 place" in report
            assert "data of other people was taken out" in report
            assert "old.doc" in report
            assert "You can complain to the California Privacy Protection Agency" in report
            withheld = await at.foundation.vault.get_model(receipt.request_id, WITHHELD, Withheld)
            assert [(file.system, file.name) for file in withheld.files] == [("s3", "old.doc")]
            facts = [
                e.facts for e in await at.foundation.ledger.journal.entries(receipt.request_id) if e.step == "package"
            ]
            told = json.dumps(facts, default=str)
            assert "files withheld, s3" in told
            assert "not shown, social security number" in told
            assert not [secret for secret in (*SECRETS, "old.doc") if secret in told]

            task = await at.task(receipt, "act")
            said_there = next(t for t in (await at.status(receipt)).tasks if t.id == task)
            assert "starter.py withheld" in said_there.instructions
            await at.desk.resolve(task, TaskState.DONE, by="lea")
