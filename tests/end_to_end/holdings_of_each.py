"""What a system of every kind holds of people: planted, looked at, and deleted by hand, behind the product's back."""

import asyncio
import imaplib
import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from connectors.sent_lists import email_sha256
from demo.stack import Stack
from standins import figma, linkedin, meta, sprout
from standins.drive import FOLDER
from standins.google_account import public_key
from standins.opendsr import Processor
from tests.end_to_end.holdings import Somebody
from tests.end_to_end.one_of_each import (
    AD_ACCOUNT,
    BUCKET,
    MAILBOX,
    PAGE,
    PASSWORD,
    PROPERTY,
    TABLE,
    TEAM,
    corpus,
    database,
)

Json = dict[str, Any]

DATASET = f"analytics_{PROPERTY}"
IN_A_MANIFEST = "layouts v3"
PAID = 1_760_000_000
"""When the invoice was made: tax law keeps it for years to come."""


class Client(Somebody):
    """A person whom every kind of system knows."""

    @property
    def handle(self) -> str:
        """What they are called on Instagram."""
        return f"bird.{self.mark}"

    @property
    def claims(self) -> dict[str, str]:
        """What they say of themselves when they ask."""
        return {**super().claims, "social_account": f"instagram:{self.handle}"}

    @property
    def folder(self) -> str:
        """Where a store of files has what is theirs."""
        return f"clients/{self.customer_id}/"

    @property
    def traces(self) -> tuple[str, ...]:
        """One of these stands in everything that is held of them, and in nothing else."""
        return (*self.canaries, email_sha256(self.email))


@dataclass(frozen=True)
class Holdings:
    """What one company holds. `paper` is the system that only people can look into."""

    stack: Stack
    processor: Processor
    paper: set[str] = field(default_factory=set)

    async def plant(self, *people: Client) -> None:
        """Let every system hold something of each of these people, and of nobody else."""
        account = json.loads(self.stack.environ["GA4_SERVICE_ACCOUNT"])
        keys = {"service_accounts": {account["client_email"]: public_key(account)}}
        for kind, state in _states(people).items():
            await self.stack.seed(kind, (keys if kind in {"drive", "ga4", "gcs"} else {}) | state)
        self.processor.held["at_once"] = True
        self.processor.held["people"] = {each.email: [{"note": each.text}] for each in people}
        self.paper.clear()
        self.paper.update(each.name for each in people)
        async with self.stack.s3.client() as s3:
            for each in people:
                await s3.put_object(Bucket=BUCKET, Key=f"{each.folder}brief.txt", Body=each.text.encode())
        await asyncio.to_thread(self._on_this_machine, people)

    async def held(self, kind: str) -> list[str]:
        """All that the system of a kind holds, an item of it each."""
        match kind:
            case "imap":
                return await asyncio.to_thread(self._mails)
            case "opendsr":
                return [json.dumps(each) for each in self.processor.held["people"].items()]
            case "person":
                return sorted(self.paper)
            case "s3":
                return await self._objects()
            case "sql":
                return self._rows()
            case "training_corpus":
                return self._assets()
            case _:
                return [json.dumps(each) for each in IN[kind](await self.stack.state(kind))]

    async def of(self, kind: str, person: Client) -> list[str]:
        """What the system of a kind holds of a person."""
        return [each for each in await self.held(kind) if any(trace in each for trace in person.traces)]

    async def delete_by_hand(self, kind: str, person: Client) -> None:
        """What somebody does who was told to; where no hand can do more than was done, nothing."""
        match kind:
            case "figma":
                state = await self.stack.state(kind)
                home = state["teams"][0]["projects"][0]["files"][0]
                home["comments"] = [c for c in home["comments"] if c["user"]["id"] != person.figma_id]
                await self.stack.seed(kind, state)
            case "person":
                self.paper.discard(person.name)
            case "sprout":
                state = await self.stack.state(kind)
                gone = [each for each in state["messages"] if person.mark in json.dumps(each)]
                state["messages"] = [each for each in state["messages"] if each not in gone]
                state["cases"] = [c for c in state["cases"] if c["case_id"] not in {m.get("case_id") for m in gone}]
                await self.stack.seed(kind, state)

    def _on_this_machine(self, people: tuple[Client, ...]) -> None:
        with closing(sqlite3.connect(database(self.stack.folder))) as records, records:
            records.executescript(TABLES)
            for number, each in enumerate(people, 1):
                records.execute(
                    "INSERT INTO contacts VALUES (?, ?, ?, ?, ?)",
                    (number, each.customer_id, each.email, each.name, each.text),
                )
                records.execute("INSERT INTO calls VALUES (?, ?, ?)", (number, number, each.text))
        manifest = corpus(self.stack.folder)
        manifest.parent.mkdir(exist_ok=True)
        for old in manifest.parent.glob("*.svg"):
            old.unlink()
        manifest.write_text("".join(f"{json.dumps(_asset(each))}\n" for each in people), encoding="utf-8")
        for each in people:
            (manifest.parent / f"{each.mark}.svg").write_text(each.text, encoding="utf-8")
        with self._mailbox() as box:
            box.store("1:*", "+FLAGS", "\\Deleted")
            box.expunge()
            for each in people:
                box.append("INBOX", "", "", _mail(each))

    def _mailbox(self) -> imaplib.IMAP4:
        box = imaplib.IMAP4("127.0.0.1", self.stack.ports.imap)
        box.login(MAILBOX, PASSWORD)
        box.select("INBOX")
        return box

    def _mails(self) -> list[str]:
        with self._mailbox() as box:
            _, (numbers, *_) = box.search(None, "ALL")
            fetched = [box.fetch(number.decode(), "(BODY.PEEK[])")[1][0] for number in numbers.split()]
        return [each[1].decode() for each in fetched if isinstance(each, tuple)]

    def _rows(self) -> list[str]:
        with closing(sqlite3.connect(database(self.stack.folder))) as records:
            return [str(row) for table in ("contacts", "calls") for row in records.execute(f"SELECT * FROM {table}")]  # noqa: S608

    def _assets(self) -> list[str]:
        manifest = corpus(self.stack.folder)
        files = [path.read_text(encoding="utf-8") for path in sorted(manifest.parent.glob("*.svg"))]
        return [*manifest.read_text(encoding="utf-8").splitlines(), *files]

    async def _objects(self) -> list[str]:
        async with self.stack.s3.client() as s3:
            answer = await s3.list_object_versions(Bucket=BUCKET)
        return [each["Key"] for each in answer.get("Versions", [])]


TABLES = """
DROP TABLE IF EXISTS calls;
DROP TABLE IF EXISTS contacts;
CREATE TABLE contacts (id INTEGER PRIMARY KEY, number TEXT, email TEXT NOT NULL, full_name TEXT NOT NULL, notes TEXT);
CREATE TABLE calls (id INTEGER PRIMARY KEY, contact_id INTEGER NOT NULL REFERENCES contacts (id), said TEXT);
"""

IN: Mapping[str, Callable[[Json], list[Any]]] = {
    "azure_blob": lambda state: state["containers"][BUCKET]["blobs"],
    "declared": lambda state: state["people"],
    "drive": lambda state: list(state["files"].values()),
    "figma": lambda state: state["teams"][0]["projects"][0]["files"][0]["comments"],
    "ga4": lambda state: [row for table in state["datasets"][DATASET].values() for row in table],
    "gcs": lambda state: [
        {name: value for name, value in each.items() if name != "metageneration"}  # no change takes it back
        for each in state["buckets"][BUCKET]["objects"]
    ],
    "klaviyo": lambda state: state["profiles"],
    "linkedin": lambda state: state["segments"][0]["members"],
    "mailchimp": lambda state: state["lists"]["news"]["members"],
    "meta": lambda state: (
        state["pages"][PAGE]["forms"][0]["leads"] + state["accounts"][AD_ACCOUNT]["audiences"][0]["members"]
    ),
    "notion": lambda state: state["pages"],
    "sprout": lambda state: state["messages"],
    "stripe": lambda state: state["customers"] + state["invoices"],
}
"""Where a stand-in's state has what it holds of people."""


def _states(people: tuple[Client, ...]) -> dict[str, Json]:
    """What each stand-in holds."""
    studio = figma.user("900", "Studio")
    home = figma.file("abc", "Home", studio)
    home["comments"] = [
        figma.comment(f"{each.figma_id}0", "abc", figma.user(each.figma_id, "Bird"), each.text) for each in people
    ]
    files: dict[str, Json] = {}
    for each in people:
        files[f"d{each.mark}"] = {"name": f"Client {each.customer_id}", "mime": FOLDER, "parents": ["clients"]}
        files[f"f{each.mark}"] = {"name": "brief.txt", "body": each.text, "parents": [f"d{each.mark}"]}
        guest = {"id": each.figma_id, "email": each.email}
        files[f"s{each.mark}"] = {"name": "plan.txt", "body": "The plan", "parents": ["root"], "permissions": [guest]}
    schema = {"Name": "title", "Email": "email", "Stage": "status"}
    hashes = [email_sha256(each.email) for each in people]
    return {
        "azure_blob": {"containers": {BUCKET: {"blobs": [_stored(each, version_id=AZURES) for each in people]}}},
        "declared": {"people": [_entry(number, each) for number, each in enumerate(people, 1)]},
        "drive": {"files": files},
        "figma": {
            "scim_users": [{"id": each.figma_id, "userName": each.email} for each in people],
            "teams": [
                {"id": TEAM, "name": "Studio", "projects": [{"id": "22", "name": "Site", "files": [home]}]},
            ],
        },
        "ga4": {
            "properties": {PROPERTY: {}},
            "project": "standin",
            "datasets": {DATASET: {"events_20260130": [_visit(each) for each in people]}},
        },
        "gcs": {"buckets": {BUCKET: {"objects": [_stored(each, generation="1769853600000001") for each in people]}}},
        "klaviyo": {"profiles": [_profile(number, each) for number, each in enumerate(people, 1)]},
        "linkedin": {"segments": [linkedin.segment(7001, "Clients", members=hashes)]},
        "mailchimp": {"lists": {"news": {"name": "Newsletter", "members": [_member(each) for each in people]}}},
        "meta": {
            "accounts": {AD_ACCOUNT: {"audiences": [meta.audience("2001", "Customers", members=hashes)]}},
            "pages": {
                PAGE: {"forms": [{"id": "4001", "name": "Contact", "status": "ACTIVE", "leads": _leads(people)}]}
            },
        },
        "notion": {
            "data_sources": {TABLE: {"title": "Clients", "properties": schema}},
            "pages": [_page(number, each) for number, each in enumerate(people, 1)],
        },
        "sprout": {
            "messages": [_message(number, each) for number, each in enumerate(people, 1)],
            "cases": [sprout.case(str(number)) for number, _ in enumerate(people, 1)],
        },
        "stripe": {
            "customers": [
                {"id": f"cus_{each.mark}", "email": each.email, "metadata": {"customer_id": each.customer_id}}
                for each in people
            ],
            "invoices": [
                {"id": f"in_{each.mark}", "customer": f"cus_{each.mark}", "customer_email": each.email, "created": PAID}
                for each in people
            ],
        },
    }


AZURES = "2026-01-31T12:00:00.0000001Z"


def _stored(person: Client, **more: str) -> Json:
    return {"name": f"{person.folder}brief.txt", "body": person.text, "content_type": "text/plain", **more}


def _entry(number: int, person: Client) -> Json:
    names = {"first": person.name, "last": None}
    said = {"email": person.email, "more_emails": [], "number": person.customer_id, "name": names, "phone": ""}
    return {"id": number, **said, "created": "2024-01-31T23:30:00-05:00"}


def _visit(person: Client) -> Json:
    return {
        "event_date": "20260130",
        "event_timestamp": "1769760000000000",
        "event_name": "page_view",
        "event_params": [],
        "user_pseudo_id": person.client_id,
        "user_id": None,
    }


def _profile(number: int, person: Client) -> Json:
    return {"id": f"01STANDIN{number}", "email": person.email, "external_id": person.customer_id}


def _member(person: Client) -> Json:
    fields = {"CUSTOMERID": person.customer_id, "GACLIENTID": person.client_id, "FNAME": person.name}
    return {"email_address": person.email, "status": "subscribed", "merge_fields": fields}


def _leads(people: tuple[Client, ...]) -> list[Json]:
    return [meta.lead(f"500{n}", {"email": each.email, "what_for": each.text}) for n, each in enumerate(people, 1)]


def _page(number: int, person: Client) -> Json:
    return {
        "id": f"0f0f0f0f-0000-4000-8000-00000000000{number}",
        "data_source": TABLE,
        "created_time": "2025-01-01T10:00:00.000Z",
        "properties": {"Name": person.name, "Email": person.email, "Stage": "Won"},
        "blocks": [{"text": person.text}],
    }


def _message(number: int, person: Client) -> Json:
    return sprout.message(
        f"igc:{number}",
        "instagram",
        author=f"igpr:{number}",
        name=person.name,
        handle=person.handle,
        case_id=str(number),
    )


def _asset(person: Client) -> Json:
    owners = {"email": [person.email], "customer_id": person.customer_id}
    return {"asset": f"{person.mark}.svg", "source": "site", "owners": owners, "models": [IN_A_MANIFEST]}


def _mail(person: Client) -> bytes:
    head = f"From: {person.name} <{person.email}>\r\nTo: {MAILBOX}\r\nSubject: Hello\r\nMessage-ID: <{person.mark}@x>"
    return f"{head}\r\n\r\n{person.text}\r\n".encode()
