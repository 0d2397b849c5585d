"""No setting is read that is not explained, and none is explained that is not read."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import settings
from dsar.policy import Category, Consent, Controller, People, Principle, Promise, Regimes, Terms

ROOT = Path(__file__).parents[2]
PLACES = [".env.example", "docs/settings.md"]

SYSTEMS = tomllib.loads((ROOT / "systems.toml").read_text(encoding="utf-8"))
OVERRIDES = tuple(f"HABEAS_{name.upper()}_" for name in SYSTEMS)
"""How the names begin that give a system another address; they are explained together."""

CREDENTIALS = {
    secret.removeprefix("env:"): '{"access_key_id": "a", "secret_access_key": "b"}'
    for system in SYSTEMS.values()
    if (secret := system.get("secret"))
}
"""One of a form that every system takes, for each that has any."""


class Recording(Mapping[str, str]):
    """An environment in which everything is set, and which remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        files: dict[str, object] = {"HABEAS_POLICY": ROOT / "policy.toml", "HABEAS_SYSTEMS": ROOT / "systems.toml"}
        files["HABEAS_IMAP_SECRET"] = "env:IMAP_PASSWORD"
        files |= {"HABEAS_SMTP_URL": "smtp://me@localhost:25", "HABEAS_SMTP_SECRET": "env:SMTP_PASSWORD"}
        files["HABEAS_STAFF"] = "env:STAFF_ACCOUNTS"
        return CREDENTIALS.get(name) or str(files.get(name, 8080))

    def __iter__(self) -> Iterator[str]:
        return iter(self.asked)

    def __len__(self) -> int:
        return len(self.asked)


def read() -> set[str]:
    """The names of all that settings.py reads."""
    environ = Recording()
    settings.read(environ)
    return environ.asked


def explained(place: str) -> set[str]:
    """The names that a document mentions."""
    return set(re.findall(r"\bHABEAS_[A-Z0-9_]*[A-Z0-9]\b", (ROOT / place).read_text(encoding="utf-8")))


def ours(names: set[str]) -> set[str]:
    """Our own variables, without those that give a system another address."""
    return {name for name in names if name.startswith("HABEAS_") and not name.startswith(OVERRIDES)}


@pytest.mark.parametrize("place", PLACES)
def test_all_explained(place: str) -> None:
    """Every variable that settings.py reads is explained."""
    assert ours(read()) - explained(place) == set()


@pytest.mark.parametrize("place", [*PLACES, "docker-compose.yml", "docs/operations.md"])
def test_none_invented(place: str) -> None:
    """Every variable that is mentioned is read."""
    assert ours(explained(place)) - read() == set()


@pytest.mark.parametrize("place", PLACES)
def test_addresses_explained(place: str) -> None:
    """That a system can be given another address is explained, once for all of them."""
    assert "HABEAS_<SYSTEM>_BASE_URL" in (ROOT / place).read_text(encoding="utf-8")


def test_credentials_listed() -> None:
    """Each credential that systems.toml takes from the environment has its line in .env.example."""
    given = set(re.findall(r"(?m)^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8")))

    assert CREDENTIALS.keys() - given == set()


def test_defaults() -> None:
    """The defaults that .env.example shows are the ones that are used."""
    needed = {"HABEAS_MASTER_KEYS": "m:x", "HABEAS_LEDGER_KEY": "x", "HABEAS_WEBHOOK_SECRETS": ""}
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = dict(re.findall(r"(?m)^# (HABEAS_[A-Z_]+)=(.+)$", example))

    with_defaults = settings.read({**needed, **CREDENTIALS})
    as_shown = settings.read({**needed, **CREDENTIALS, **shown})

    assert as_shown == with_defaults


def test_every_field_of_the_policy_is_explained() -> None:
    """Whoever writes a policy finds each of its fields in docs/settings.md."""
    tables = (Controller, Terms, People, Regimes, Promise, Principle, Consent, Category)
    fields = {field for table in tables for field in table.model_fields} - {"people"}

    explained = set(re.findall(r"`(\w+)`", (ROOT / "docs/settings.md").read_text(encoding="utf-8")))

    assert fields - explained == set()
