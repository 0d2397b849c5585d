"""The entry that the documents give for each kind of system can be copied as it is."""

import base64
import json
import re
import tomllib
from pathlib import Path

import pytest

from connectors.catalogue import KINDS, read
from connectors.entries import resolved
from dsar.map_check import map_mistakes
from dsar.policy_source import Document

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "systems.md").read_text(encoding="utf-8")
ENTRIES = re.findall(r"```toml\n(.+?)```", DOCUMENT, re.DOTALL)
SHIPPED = (ROOT / "systems.toml").read_text(encoding="utf-8")

SECRETS = {
    "DRIVE_SERVICE_ACCOUNT": json.dumps({"client_email": "a@b.example", "private_key": "x", "token_uri": "https://t"}),
    "AZURE_BLOB_CREDENTIALS": json.dumps({"account_name": "a", "account_key": base64.b64encode(bytes(32)).decode()}),
    "RECORDS_DATABASE_URL": "postgresql://habeas:secret@db.internal/records",
    "S3_CREDENTIALS": json.dumps({"access_key_id": "a", "secret_access_key": "b"}),
}
SECRETS["GCS_SERVICE_ACCOUNT"] = SECRETS["DRIVE_SERVICE_ACCOUNT"]
"""Credentials of the form that each kind takes; all others are tokens."""


def mistakes(text: str) -> list[str]:
    """What `policy check` says of an entry, but that no category lives there yet."""
    systems, policy = Document("systems.toml", text), Document("policy.toml", (ROOT / "policy.toml").read_text())
    named = re.findall(r'"env:(\w+)"', text)
    entries, wrong = resolved(systems, {name: SECRETS.get(name, "token-us1") for name in named})
    wrong += [systems.mistake(where, says) for where, says in read(entries)[1]]
    wrong += [each for each in map_mistakes(policy, systems) if each.file == systems.name]
    return [str(each) for each in wrong if "no category of" not in str(each)]


def uncommented(text: str) -> str:
    """With the fields that can be left out."""
    return re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)


@pytest.mark.parametrize("text", ENTRIES, ids=lambda text: text.partition("]")[0].strip("["))
def test_an_entry_can_be_copied_as_it_is(text: str) -> None:
    """With its optional fields, and without them."""
    assert mistakes(text) == []
    assert mistakes(uncommented(text)) == []


def test_every_kind_has_its_entry() -> None:
    """Here, or in the data map as it ships; and no entry is of a kind that there is not."""
    shown = {entry["kind"] for text in [*ENTRIES, SHIPPED] for entry in tomllib.loads(text).values()}

    assert shown == set(KINDS)
