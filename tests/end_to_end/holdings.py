"""What the five systems hold of a person, planted and looked at behind the product's back."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from demo.stack import Stack
from standins.figma import comment, file, user
from standins.ga4 import public_key

PROPERTY = "410000001"
DATASET = f"analytics_{PROPERTY}"
CLIENTS = "1f2e3d4c-0000-4000-8000-00000000c11e"
TEAM = "11"
BUCKET = "clients"

Held = dict[str, list[Any]]
"""By system, whatever there is of one person."""


def systems_toml(standins: str) -> str:
    """The data map of the tests: one result to a page at Notion, and little patience with a vendor that hangs."""
    return f"""
[ga4]
kind = "ga4"
title = "Google Analytics"
base_url = "{standins}/ga4"
secret = "env:GA4_SERVICE_ACCOUNT"
needs = ["client_id", "user_id"]
properties = ["{PROPERTY}"]
bigquery_project = "standin"
bigquery_url = "{standins}/ga4"
token_url = "{standins}/ga4/token"
timeout_seconds = 3

[mailchimp]
kind = "mailchimp"
title = "Email platform (Mailchimp)"
base_url = "{standins}/mailchimp/3.0"
secret = "env:MAILCHIMP_API_KEY"
learns = ["customer_id", "client_id"]
customer_id_merge_field = "CUSTOMERID"
client_id_merge_field = "GACLIENTID"
timeout_seconds = 3

[notion]
kind = "notion"
title = "Notion"
base_url = "{standins}/notion/v1"
secret = "env:NOTION_TOKEN"
files_url = "{standins}/notion/files/"
page_size = 1
requests_per_second = 1000.0
comments = false
inline_comments = false
timeout_seconds = 5

[[notion.data_sources]]
id = "{CLIENTS}"
email_property = "Email"
name_property = "Name"
category = "project communications"

[figma]
kind = "figma"
title = "Figma"
base_url = "{standins}/figma"
scim_url = "{standins}/figma/scim/v2"
secret = "env:FIGMA_TOKEN"
learns = ["figma_user_id"]
team_ids = ["{TEAM}"]
tenant_id = "tenant"
timeout_seconds = 3

[s3]
kind = "s3"
title = "Cloud storage (S3)"
base_url = "http://127.0.0.1:1"
secret = "env:S3_CREDENTIALS"
needs = ["customer_id"]
default_category = "project communications"

[[s3.buckets]]
name = "{BUCKET}"
prefixes = ["clients/{{customer_id}}/"]

[[s3.rules]]
pattern = "*/invoices/*"
category = "financial records and invoices"
"""


def _digits(count: int) -> str:
    return str(10 ** (count - 1) + secrets.randbelow(9 * 10 ** (count - 1)))


@dataclass(frozen=True)
class Somebody:
    """A person whom nobody else resembles. All that identifies them is a canary: found anywhere, it has leaked."""

    mark: str = field(default_factory=lambda: secrets.token_hex(6))
    client_id: str = field(default_factory=lambda: f"{_digits(10)}.{_digits(10)}")
    figma_id: str = field(default_factory=lambda: _digits(18))

    @property
    def email(self) -> str:
        return f"canary.{self.mark}@people.example"

    @property
    def name(self) -> str:
        return f"Canary Bird-{self.mark}"

    @property
    def customer_id(self) -> str:
        return f"C-{self.mark}"

    @property
    def text(self) -> str:
        return f"the canary {self.mark} sings"

    @property
    def claims(self) -> dict[str, str]:
        """What they say of themselves when they ask."""
        return {"email": self.email, "name": self.name}

    @property
    def canaries(self) -> tuple[str, ...]:
        return (self.mark, self.client_id, self.figma_id)


async def plant(stack: Stack, *people: Somebody, pages: int = 2, invoice: bool = False) -> None:
    """Give all vendors these people and nobody else; the first is whose Figma token it is."""
    account = json.loads(stack.environ["GA4_SERVICE_ACCOUNT"])
    await stack.seed(
        "ga4",
        {
            "service_accounts": {account["client_email"]: public_key(account)},
            "properties": {PROPERTY: {}},
            "project": "standin",
            "datasets": {
                DATASET: {
                    f"events_2026013{day}": [_visit(day, person) for person in people for _ in range(2)]
                    for day in (0, 1)
                }
            },
        },
    )
    members = [_member(person) for person in people]
    await stack.seed("mailchimp", {"lists": {"news": {"name": "Newsletter", "members": members}}})
    schema = {"Name": "title", "Email": "email", "Stage": "status"}
    await stack.seed(
        "notion",
        {
            "data_sources": {CLIENTS: {"title": "Clients", "properties": schema}},
            "pages": [_page(number, person) for number in range(pages) for person in people],
        },
    )
    await stack.seed("figma", _figma(people))
    async with stack.s3.client() as client:
        for person in people:
            keys = ["brief.txt", "notes/1.txt", *(["invoices/2025-7.pdf"] if invoice else [])]
            for key in keys:
                where = f"clients/{person.customer_id}/{key}"
                await client.put_object(Bucket=BUCKET, Key=where, Body=f"{key}: {person.text}".encode())


async def held(stack: Stack, person: Somebody) -> Held:
    """All that is left of a person, as each system itself has it."""
    rows = (await stack.state("ga4"))["datasets"][DATASET].values()
    members = [m for each in (await stack.state("mailchimp"))["lists"].values() for m in each["members"]]
    pages = (await stack.state("notion"))["pages"]
    projects = [project for team in (await stack.state("figma"))["teams"] for project in team["projects"]]
    comments = [c for project in projects for each in project["files"] for c in each["comments"]]
    return {
        "ga4": [row for table in rows for row in table if row["user_pseudo_id"] == person.client_id],
        "mailchimp": [m for m in members if person.mark in json.dumps(m)],
        "notion": [page for page in pages if person.mark in json.dumps(page)],
        "figma": [c for c in comments if c["user"]["id"] == person.figma_id],
        "s3": await objects(stack, person),
    }


async def objects(stack: Stack, person: Somebody) -> list[str]:
    """The keys of a person's objects, a line each version."""
    async with stack.s3.client() as client:
        answer = await client.list_object_versions(Bucket=BUCKET, Prefix=f"clients/{person.customer_id}/")
    return [each["Key"] for each in answer.get("Versions", [])]


NOTHING: Held = {"ga4": [], "mailchimp": [], "notion": [], "figma": [], "s3": []}


def _visit(day: int, person: Somebody) -> dict[str, Any]:
    return {
        "event_date": f"2026013{day}",
        "event_timestamp": f"17697600{day}0000000",
        "event_name": "page_view",
        "event_params": [],
        "user_pseudo_id": person.client_id,
        "user_id": None,
    }


def _member(person: Somebody) -> dict[str, Any]:
    fields = {"CUSTOMERID": person.customer_id, "GACLIENTID": person.client_id, "FNAME": person.name}
    return {"email_address": person.email, "status": "subscribed", "merge_fields": fields}


def _page(number: int, person: Somebody) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "data_source": CLIENTS,
        "created_time": f"2025-01-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00.000Z",
        "properties": {"Name": person.name, "Email": person.email, "Stage": "Won"},
        "blocks": [{"text": f"{number}: {person.text}"}],
    }


def _figma(people: Sequence[Somebody]) -> dict[str, Any]:
    studio = user("900", "Studio")
    home = file("abc", "Home", studio)
    for person in people:
        for number in range(2):
            words = f"{number}: {person.text}"
            home["comments"].append(comment(f"{person.figma_id}{number}", "abc", user(person.figma_id, "Bird"), words))
    return {
        "me": people[0].figma_id,
        "scim_users": [{"id": person.figma_id, "userName": person.email} for person in people],
        "teams": [{"id": TEAM, "name": "Studio", "projects": [{"id": "22", "name": "Site", "files": [home]}]}],
    }
