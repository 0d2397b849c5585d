"""The only reader of the environment. Everything else gets what it needs as an argument."""

import base64
import binascii
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr

from dsar.policy import Policy, PolicyError, parse_policy

KEY_BYTES = 32


class BadSettings(ValueError):
    """Something in the environment, policy.toml or systems.toml cannot be used. Says what, and what to do."""


class Settings(BaseModel):
    """What both processes are set up with."""

    model_config = ConfigDict(frozen=True)

    policy: Policy
    systems: dict[str, dict[str, Any]]
    """systems.toml, each secret resolved."""
    ledger_url: str
    ledger_key: SecretStr
    """32 bytes, base64: seals the journal's chain and makes the hashes by which a person is recognised."""
    vault_url: str
    """`file:DIRECTORY` or `s3://BUCKET/PREFIX?region=...&endpoint=...`."""
    master_keys: SecretStr
    """`id:base64,...`, the first wraps; see `python starter.py keys`."""
    smtp_url: str
    mail_from: str
    public_url: str
    """Where people reach the web process: what download links start with."""
    webhook_secrets: tuple[SecretStr, ...]
    codec_token: SecretStr | None
    ui_origin: str
    task_queue: str
    host: str
    port: int

    def ledger_secret(self) -> bytes:
        """The ledger's key, decoded."""
        try:
            key = base64.b64decode(self.ledger_key.get_secret_value(), validate=True)
        except (binascii.Error, ValueError):
            raise BadSettings("HABEAS_LEDGER_KEY is not valid base64: see `python starter.py keys`") from None
        if len(key) != KEY_BYTES:
            raise BadSettings(f"HABEAS_LEDGER_KEY must be {KEY_BYTES} bytes: see `python starter.py keys`")
        return key


def read(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the environment, and the two files it points at.

    Raises:
        BadSettings: what is missing or wrong, and what to do.
    """
    return Settings(
        policy=read_policy(Path(environ.get("HABEAS_POLICY", "policy.toml"))),
        systems=read_systems(Path(environ.get("HABEAS_SYSTEMS", "systems.toml")), environ),
        ledger_url=environ.get("HABEAS_LEDGER_URL", "sqlite+aiosqlite:///ledger.sqlite"),
        ledger_key=SecretStr(_needed(environ, "HABEAS_LEDGER_KEY")),
        vault_url=environ.get("HABEAS_VAULT_URL", "file:vault-data"),
        master_keys=SecretStr(_needed(environ, "HABEAS_MASTER_KEYS")),
        smtp_url=environ.get("HABEAS_SMTP_URL", "smtp://localhost:25"),
        mail_from=environ.get("HABEAS_MAIL_FROM", "privacy@localhost.localdomain"),
        public_url=environ.get("HABEAS_PUBLIC_URL", "http://localhost:8080"),
        webhook_secrets=tuple(SecretStr(s) for s in environ.get("HABEAS_WEBHOOK_SECRETS", "").split() if s),
        codec_token=SecretStr(environ["HABEAS_CODEC_TOKEN"]) if environ.get("HABEAS_CODEC_TOKEN") else None,
        ui_origin=environ.get("HABEAS_UI_ORIGIN", "http://localhost:8233"),
        task_queue=environ.get("HABEAS_TASK_QUEUE", "habeas"),
        host=environ.get("HABEAS_HOST", "127.0.0.1"),
        port=int(environ.get("HABEAS_PORT", "8080")),
    )


def read_policy(path: Path) -> Policy:
    """The company's promises."""
    try:
        return parse_policy(_text(path))
    except PolicyError as error:
        raise BadSettings(f"{path}: {error}") from None


def read_systems(path: Path, environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The data map, with each secret fetched from where it says, and each address that the environment overrides."""
    try:
        entries = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path} is not valid TOML: {error}") from None
    return {name: _resolved(path, name, entry, environ) for name, entry in entries.items()}


def s3_location(url: str) -> tuple[str, str, dict[str, str]]:
    """Bucket, prefix and options of `s3://BUCKET/PREFIX?region=...&endpoint=...`."""
    parts = urlsplit(url)
    return parts.netloc, parts.path.strip("/"), {key: values[0] for key, values in parse_qs(parts.query).items()}


def _resolved(path: Path, name: str, entry: Any, environ: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise BadSettings(f"{path}: {name} must be a table: [{name}]")
    resolved: dict[str, Any] = {str(key): value for key, value in entry.items()}
    for field in ("base_url", *(field for field in resolved if field.endswith("_url"))):
        if override := environ.get(f"HABEAS_{name.upper()}_{field.upper()}"):
            resolved[field] = override
    reference = str(resolved.get("secret", ""))
    source, _, where = reference.partition(":")
    match source:
        case "env" if where in environ:
            resolved["secret"] = environ[where]
        case "env":
            raise BadSettings(f"{path}: [{name}] takes its secret from the environment, but {where} is not set")
        case "file" if Path(where).is_file():
            resolved["secret"] = Path(where).read_text(encoding="utf-8").strip()
        case "file":
            raise BadSettings(f"{path}: [{name}] takes its secret from a file that is not there: {where}")
        case _:
            raise BadSettings(f"{path}: [{name}] secret must be env:NAME or file:PATH, never the secret itself")
    return resolved


def _needed(environ: Mapping[str, str], name: str) -> str:
    if value := environ.get(name):
        return value
    raise BadSettings(f"{name} is not set: `python starter.py keys` makes one")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSettings(f"cannot read {path}: {error.strerror}") from None
