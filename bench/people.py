"""The people who ask, and what each vendor holds of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from standins.figma import AUDIT_TOKEN, SCIM_TOKEN, TENANT, TOKEN, comment, file, user, version
from standins.ga4 import public_key

PROPERTY = "410000001"
PROJECT = "bench"
BUCKET = "studio"
TABLE = "1f2e3d4c-0000-4000-8000-00000000c11e"
TEAM = "11"
OBJECTS = 2


@dataclass(frozen=True)
class Asker:
    """Somebody with a contact, a table row, a browser's events and two files at the company's vendors."""

    number: str

    @property
    def email(self) -> str:
        """The only thing the request says."""
        return f"person-{self.number}@bench.example"

    @property
    def customer_id(self) -> str:
        """Taught by Mailchimp; needed by S3."""
        return f"C-{self.number}"

    @property
    def client_id(self) -> str:
        """Taught by Mailchimp; needed by Google Analytics."""
        return f"{self.number}.1700000000"


def states(askers: Sequence[Asker], google: dict[str, str], rows: int = 0) -> dict[str, Any]:
    """What to seed each stand-in with. `rows`: so many pages of Notion for each person instead of one."""
    return {
        "mailchimp": _mailchimp(askers),
        "notion": _notion(askers, rows or 1),
        "ga4": _ga4(askers, google),
        "figma": _figma(askers),
        "s3": _s3(askers),
    }


def _mailchimp(askers: Sequence[Asker]) -> Any:
    members = [
        {
            "email_address": asker.email,
            "status": "subscribed",
            "merge_fields": {"CUSTOMERID": asker.customer_id, "GACLIENTID": asker.client_id},
            "tags": [{"id": 1, "name": "newsletter", "date_added": "2025-03-01T10:00:00+00:00"}],
        }
        for asker in askers
    ]
    return {"max_connections": None, "lists": {"newsletter": {"name": "Newsletter", "members": members}}}


def _notion(askers: Sequence[Asker], rows: int) -> Any:
    columns = {"Name": "title", "Email": "email"}
    pages = [
        {
            "data_source": TABLE,
            "created_time": f"2025-01-{row // 1440 % 28 + 1:02}T{row // 60 % 24:02}:{row % 60:02}:00.000Z",
            "properties": {"Name": f"Project {row}", "Email": asker.email},
            "blocks": [{"text": "Notes of the call. " * 20}],
        }
        for asker in askers
        for row in range(rows)
    ]
    return {"data_sources": {TABLE: {"title": "Clients", "properties": columns}}, "pages": pages}


def _ga4(askers: Sequence[Asker], google: dict[str, str]) -> Any:
    events = [
        {
            "event_date": "20260130",
            "event_timestamp": str(1769774400000000 + number),
            "event_name": "page_view",
            "event_params": [{"key": "page_location", "value": {"string_value": "https://example.com/"}}],
            "user_pseudo_id": asker.client_id,
            "user_id": None,
        }
        for asker in askers
        for number in range(3)
    ]
    return {
        "service_accounts": {google["client_email"]: public_key(google)},
        "properties": {PROPERTY: {}},
        "project": PROJECT,
        "datasets": {f"analytics_{PROPERTY}": {"events_20260130": events}},
    }


def _figma(askers: Sequence[Asker]) -> Any:
    """The people have accounts and wrote nothing: what they write only a person can delete, and nobody waits here."""
    studio = user("900", "Studio")
    made = [file(f"key{letter}", f"File {letter}", studio) for letter in "ab"]
    for each in made:
        each["versions"] = [version("1", studio)]
        each["comments"] = [comment("1", each["key"], studio, "Looks good")]
    return {
        "token": TOKEN,
        "audit_token": AUDIT_TOKEN,
        "scim_token": SCIM_TOKEN,
        "tenant": TENANT,
        "me": "900",
        "scim_users": [{"id": f"1{asker.number}", "userName": asker.email} for asker in askers],
        "teams": [{"id": TEAM, "name": "Studio", "projects": [{"id": "22", "name": "Site", "files": made}]}],
    }


def _s3(askers: Sequence[Asker]) -> Any:
    versions = [
        {"key": f"clients/{asker.customer_id}/{n}.txt", "version_id": f"v{asker.number}-{n}", "body": "text " * 200}
        for asker in askers
        for n in range(OBJECTS)
    ]
    return {"buckets": {BUCKET: {"versioning": "Enabled", "versions": versions}}}
