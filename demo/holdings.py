"""What the company's systems hold, planted in the places that the shipped systems.toml names, and looked at again."""

import json
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from demo import selection
from demo.people import ADA, BARBARA, EDSGER, GRACE, KNOWN, Somebody
from demo.stack import ROOT, Stack
from standins import figma, seaweed
from standins.ga4 import public_key

MAP = tomllib.loads(selection.data_map((ROOT / "systems.toml").read_text(encoding="utf-8")))

PROPERTY = str(MAP["ga4"]["properties"][0])
DATASET = f"analytics_{PROPERTY}"
BUCKET = str(MAP["s3"]["buckets"][0]["name"])
CONTACTS, PROJECTS = (str(source["id"]) for source in MAP["notion"]["data_sources"])

LOCK = timedelta(days=7 * 365)
"""How long S3 itself refuses to let go of an invoice."""

JSON = dict[str, Any]


async def plant(stack: Stack) -> None:
    """Fill every system."""
    await stack.seed("ga4", _analytics(json.loads(stack.environ["GA4_SERVICE_ACCOUNT"])))
    members = [_contact(person) for person in KNOWN]
    await stack.seed("mailchimp", {"lists": {"newsletter": {"name": "Newsletter", "members": members}}})
    await stack.seed("notion", _workspace())
    await stack.seed("figma", _files())
    await _store(stack.s3)


async def objects(stack: Stack, person: Somebody) -> dict[str, dict[str, str]]:
    """The person's objects in S3, every version, with the tags on each."""
    async with stack.s3.client() as client:
        listed = await client.list_object_versions(Bucket=BUCKET, Prefix=_folder(person))
        held = {}
        for each in listed.get("Versions", []):
            tags = await client.get_object_tagging(Bucket=BUCKET, Key=each["Key"], VersionId=each["VersionId"])
            name = f"{each['Key'].removeprefix(_folder(person))}?{each['VersionId']}"
            held[name] = {tag["Key"]: tag["Value"] for tag in tags["TagSet"]}
        return held


async def says(stack: Stack, vendor: str, person: Somebody) -> bool:
    """Whether anything at a vendor says the person's mark."""
    return person.mark in json.dumps(await stack.state(vendor))


async def contact(stack: Stack, person: Somebody) -> JSON | None:
    """The person's contact at Mailchimp."""
    members = (await stack.state("mailchimp"))["lists"]["newsletter"]["members"]
    return next((each for each in members if each["email_address"] == person.email), None)


async def pages(stack: Stack, person: Somebody) -> list[JSON]:
    """The person's pages at Notion, in the trash or not, by ids that were planted."""
    ids = {_page_id(person, number) for number in range(2)}
    return [page for page in (await stack.state("notion"))["pages"] if page["id"] in ids]


async def orders_to_google(stack: Stack) -> set[str]:
    """The browsers that Google was told to forget."""
    return {each["clientId"] for each in (await stack.state("ga4"))["properties"][PROPERTY].get("deletions", [])}


async def delete_comments(stack: Stack, person: Somebody) -> int:
    """What somebody does at Figma by hand, comment by comment; how many."""
    state, count = await stack.state("figma"), 0
    for held in (f for team in state["teams"] for project in team["projects"] for f in project["files"]):
        kept = [each for each in held["comments"] if each["user"]["id"] != person.figma_id]
        count += len(held["comments"]) - len(kept)
        held["comments"] = kept
    await stack.seed("figma", state)
    return count


def _analytics(account: dict[str, str]) -> JSON:
    days: dict[str, list[JSON]] = {"events_20260930": [], "events_20261001": []}
    for name, rows in days.items():
        day = name.removeprefix("events_")
        noon = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC, hour=12)
        for person in KNOWN:
            page = {"key": "page_location", "value": {"string_value": f"https://opensession.co/?ref={person.mark}"}}
            rows += [
                {
                    "event_date": day,
                    "event_timestamp": str(int(noon.timestamp()) * 1_000_000 + person.number + number),
                    "event_name": "page_view",
                    "event_params": [page],
                    "user_pseudo_id": person.client_id,
                    "user_id": None,
                }
                for number in range(2)
            ]
    return {
        "service_accounts": {account["client_email"]: public_key(account)},
        "properties": {PROPERTY: {}},
        "project": MAP["ga4"]["bigquery_project"],
        "datasets": {DATASET: days},
    }


def _contact(person: Somebody) -> JSON:
    first, _, last = person.name.partition(" ")
    fields = {"FNAME": first, "LNAME": last, "CUSTOMERID": person.customer_id, "GACLIENTID": person.client_id}
    opened = {"activity_type": "open", "created_at_timestamp": "2026-10-01T10:00:00+00:00"}
    note = {"id": 1, "note": f"Met at the workshop: {person.mark}", "created_at": "2026-10-01T10:00:00+00:00",
            "created_by": "studio"}  # fmt: skip
    return {
        "email_address": person.email,
        "status": "subscribed",
        "merge_fields": fields,
        "timestamp_signup": "2025-02-03T10:00:00+00:00",
        "activity": [opened],
        "notes": [note],
    }


def _workspace() -> JSON:
    sources = {
        CONTACTS: {"title": "Contacts", "properties": {"Name": "title", "Email": "email", "Notes": "rich_text"}},
        PROJECTS: {
            "title": "Projects",
            "properties": {"Project": "title", "Client email": "email", "Completed": "date"},
        },
    }
    return {
        "data_sources": sources,
        "files": {f"{GRACE.number}.txt": f"Brief: {GRACE.mark}"},
        "pages": [page for person in (ADA, GRACE, BARBARA, EDSGER) for page in _pages(person)],
    }


def _pages(person: Somebody) -> list[JSON]:
    talk: JSON = {"text": f"Talked about the logo: {person.mark}"}
    brief = {"type": "file", "file": f"{GRACE.number}.txt", "text": "The brief"}
    return [
        {
            "id": _page_id(person, 0),
            "data_source": CONTACTS,
            "properties": {"Name": person.name, "Email": person.email, "Notes": f"Likes {person.mark}"},
            "blocks": [talk, *([brief] if person is GRACE else [])],
        },
        {
            "id": _page_id(person, 1),
            "data_source": PROJECTS,
            "properties": {
                "Project": f"Website, {person.mark}",
                "Client email": person.email,
                "Completed": "2026-06-30",
            },
            "blocks": [],
        },
    ]


def _page_id(person: Somebody, number: int) -> str:
    return f"0000{person.number}-0000-4000-8000-00000000000{number}"


def _files() -> JSON:
    studio = figma.user("1", "Studio")
    home = figma.file("homepage", "Homepage", studio)
    home["versions"] = [figma.version("1", studio, label="First draft")]
    home["comments"] = [figma.comment("1", "homepage", studio, "Ready for review")]
    for person in (ADA, GRACE):
        words = f"Could the logo be larger? {person.mark}"
        home["comments"].append(
            figma.comment(str(person.number), "homepage", figma.user(person.figma_id, person.name.split()[0]), words)
        )
    return {
        "me": "1",
        "activity_logs": [
            figma.event(str(person.number), 1760000000 + person.number, figma.user(person.figma_id, person.name),
                        person.email, on="homepage")
            for person in (ADA, GRACE)
        ],
        "teams": [
            {
                "id": str(MAP["figma"]["team_ids"][0]),
                "name": "Studio",
                "projects": [{"id": "22", "name": "Website", "files": [home]}],
            }
        ],
    }  # fmt: skip


async def _store(endpoint: seaweed.Endpoint) -> None:
    async with endpoint.client() as client:
        with suppress(client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
            await seaweed.make_bucket(endpoint, BUCKET, lockable=True)
        until = datetime.now(UTC).replace(microsecond=0) + LOCK
        lock: JSON = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
        for person in (ADA, EDSGER):
            await _put(client, person, "invoices/2026-031.txt", **lock)
        for person in (BARBARA, GRACE):
            await _put(client, person, "invoices/2026-032.txt")
        for version in range(2):
            await _put(client, ADA, "design/logo.svg", words=f"draft {version}")
        await _put(client, GRACE, "design/poster.svg")


async def _put(client: Any, person: Somebody, name: str, words: str = "", **lock: Any) -> None:
    body = f"{name} {words} {person.mark}".encode()
    await client.put_object(Bucket=BUCKET, Key=_folder(person) + name, Body=body, ContentType="text/plain", **lock)


def _folder(person: Somebody) -> str:
    template: Sequence[str] = MAP["s3"]["buckets"][0]["prefixes"]
    return template[0].format(customer_id=person.customer_id)
