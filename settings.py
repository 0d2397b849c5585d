"""The only reader of the environment. Everything else gets what it needs as an argument."""

import base64
import binascii
import ipaddress
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from connectors import catalogue
from connectors.entries import referenced, resolved
from connectors.oauth import grant_in
from dsar.map_check import map_mistakes
from dsar.policy import Policy
from dsar.policy_check import PolicyError, parse_policy, policy_mistakes
from dsar.policy_source import Document, Mistake
from web.partners import Partners

KEY_BYTES = 32

WITHOUT_TOKEN = "none"  # noqa: S105 - the word that stands for its absence
"""The value of HABEAS_CODEC_TOKEN with which `/codec` asks for none: the engine's UI cannot send one."""


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
    smtp_secret: SecretStr = SecretStr("")
    """The mail server's password, or its OAuth credential; empty: as the URL says."""
    mail_from: str
    imap_url: str = ""
    """The mailbox that is read; empty: none."""
    imap_secret: SecretStr = SecretStr("")
    """Its password."""
    public_url: str
    """Where people reach the web process: what download links start with."""
    webhook_secrets: tuple[SecretStr, ...]
    codec_token: SecretStr | None
    codec_open: bool = False
    """`/codec` asks for no token: only where nobody but this machine reaches the web process."""
    ui_origin: str
    engine: dict[str, str]
    """Temporal's own variables (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_TLS_...`)."""
    task_queue: str
    host: str
    port: int
    staff: SecretStr = SecretStr("")
    """Who may sign in at the pages below /staff, a line each; empty: there are no such pages."""
    partners_file: Path | None = None
    """partners.toml: who may hand requests in by OpenDSR and the Data Rights Protocol; see `read_partners`."""

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
    checked = check(environ)
    if checked.mistakes:
        raise BadSettings("\n".join(checked.mistakes))
    host = environ.get("HABEAS_HOST", "127.0.0.1")
    codec_token = environ.get("HABEAS_CODEC_TOKEN") or None
    if codec_token == WITHOUT_TOKEN and not is_loopback(host):
        raise BadSettings(
            f"HABEAS_CODEC_TOKEN={WITHOUT_TOKEN} opens personal data to whoever reaches the web process: that is "
            f"allowed only while HABEAS_HOST is 127.0.0.1, ::1 or localhost, and it is {host}"
        )
    return Settings(
        policy=Policy.model_validate(checked.policy),
        systems=checked.entries,
        ledger_url=environ.get("HABEAS_LEDGER_URL", "sqlite:///ledger.sqlite"),
        ledger_key=SecretStr(_needed(environ, "HABEAS_LEDGER_KEY")),
        vault_url=environ.get("HABEAS_VAULT_URL", "file:vault-data"),
        master_keys=SecretStr(_needed(environ, "HABEAS_MASTER_KEYS")),
        smtp_url=environ.get("HABEAS_SMTP_URL", "smtp://localhost:25"),
        smtp_secret=_letters_secret(environ),
        mail_from=environ.get("HABEAS_MAIL_FROM", "privacy@localhost.localdomain"),
        imap_url=environ.get("HABEAS_IMAP_URL", ""),
        imap_secret=_mailbox_secret(environ),
        public_url=environ.get("HABEAS_PUBLIC_URL", "http://localhost:8080"),
        webhook_secrets=tuple(SecretStr(s) for s in environ.get("HABEAS_WEBHOOK_SECRETS", "").split() if s),
        codec_token=SecretStr(codec_token) if codec_token and codec_token != WITHOUT_TOKEN else None,
        codec_open=codec_token == WITHOUT_TOKEN,
        ui_origin=environ.get("HABEAS_UI_ORIGIN", "http://localhost:8233"),
        engine={name: value for name, value in environ.items() if name.startswith("TEMPORAL_")},
        task_queue=environ.get("HABEAS_TASK_QUEUE", "habeas"),
        host=host,
        port=_port(environ.get("HABEAS_PORT", "8080")),
        staff=_staff(environ),
        partners_file=Path(partners) if (partners := environ.get("HABEAS_PARTNERS")) else None,
    )


def files(environ: Mapping[str, str] = os.environ) -> tuple[Path, Path]:
    """Where the policy and the data map are."""
    return Path(environ.get("HABEAS_POLICY", "policy.toml")), Path(environ.get("HABEAS_SYSTEMS", "systems.toml"))


@dataclass(frozen=True)
class Checked:
    """policy.toml and systems.toml, read as far as they can be, and every mistake of both with its line."""

    policy: dict[str, Any]
    entries: dict[str, dict[str, Any]]
    mistakes: tuple[str, ...]


def check(environ: Mapping[str, str] = os.environ) -> Checked:
    """Look for every mistake of both files, each beside the other: `policy.toml:41: [terms] codes: ...`."""
    texts, unreadable = [], []
    for path in files(environ):
        try:
            texts.append(Document(str(path), _text(path)))
        except BadSettings as error:
            unreadable.append(str(error))
    if unreadable:
        return Checked({}, {}, tuple(unreadable))
    policy, systems = texts
    entries, wrong = resolved(systems, environ)
    wrong += [systems.mistake(where, says) for where, says in catalogue.read(entries)[1]]
    found = _once([*policy_mistakes(policy), *wrong, *map_mistakes(policy, systems)])
    in_order = sorted(found, key=lambda mistake: (mistake.file == systems.name, mistake.line))
    return Checked(policy.data, entries, tuple(map(str, in_order)))


def read_policy(path: Path) -> Policy:
    """The company's promises."""
    try:
        return parse_policy(_text(path), str(path))
    except PolicyError as error:
        raise BadSettings(str(error)) from None


def read_partners(path: Path) -> Partners:
    """Who may hand requests in by other protocols. Only the web process reads it.

    The certificate and the private key are files, named from where the file itself is.

    Raises:
        BadSettings: what is wrong, and where; never what stands there.
    """
    try:
        data = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path}: {error}") from None
    if isinstance(opendsr := data.get("opendsr"), dict):
        for name in {"certificate", "private_key"} & opendsr.keys():
            opendsr[name] = _text(path.parent / str(opendsr[name]))
    try:
        return Partners.model_validate(data)
    except ValidationError as error:
        mistakes = [f"{path}: {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise BadSettings("\n".join(mistakes)) from None


def read_systems(path: Path, environ: Mapping[str, str] = os.environ) -> dict[str, dict[str, Any]]:
    """The data map, with each secret fetched from where it says, and each address that the environment overrides."""
    entries, mistakes = resolved(Document(str(path), _text(path)), environ)
    if mistakes:
        raise BadSettings("\n".join(map(str, mistakes)))
    return entries


def s3_location(url: str) -> tuple[str, str, dict[str, str]]:
    """Bucket, prefix and options of `s3://BUCKET/PREFIX?region=...&endpoint=...`."""
    parts = urlsplit(url)
    return parts.netloc, parts.path.strip("/"), {key: values[0] for key, values in parse_qs(parts.query).items()}


def _once(mistakes: Sequence[Mistake]) -> Iterable[Mistake]:
    """The first mistake of each place: a credential that is missing is not wrong in form, too."""
    return {(mistake.file, mistake.line, mistake.place): mistake for mistake in reversed(mistakes)}.values()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _mailbox_secret(environ: Mapping[str, str]) -> SecretStr:
    """The mailbox's password, from where its reference says; none where no mailbox is read."""
    reference = environ.get("HABEAS_IMAP_SECRET", "")
    if not environ.get("HABEAS_IMAP_URL"):
        return SecretStr("")
    secret, wrong = referenced(reference, environ)
    if wrong:
        raise BadSettings(f"HABEAS_IMAP_SECRET: {wrong}")
    return SecretStr(secret or "")


def _letters_secret(environ: Mapping[str, str]) -> SecretStr:
    """What logs in where letters leave, from where its reference says; none where there is no reference."""
    if not (reference := environ.get("HABEAS_SMTP_SECRET")):
        return SecretStr("")
    secret, wrong = referenced(reference, environ)
    try:
        grant_in(secret or "")
    except ValueError as error:
        wrong = str(error)
    parts = urlsplit(environ.get("HABEAS_SMTP_URL", ""))
    if not parts.username or parts.password:
        wrong = wrong or "HABEAS_SMTP_URL has to name the user, and no password: smtp://USER@HOST:PORT"
    if wrong or not secret:
        raise BadSettings(f"HABEAS_SMTP_SECRET: {wrong or 'it is empty'}")
    return SecretStr(secret)


def _staff(environ: Mapping[str, str]) -> SecretStr:
    """The accounts of our own people, from where their reference says; none where there is no reference."""
    if not (reference := environ.get("HABEAS_STAFF")):
        return SecretStr("")
    accounts, wrong = referenced(reference, environ)
    if wrong or not accounts:
        raise BadSettings(f"HABEAS_STAFF: {wrong or 'there is nobody: `starter.py staff-password NAME` makes a line'}")
    return SecretStr(accounts)


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 1 << 16:
        return int(text)
    raise BadSettings("HABEAS_PORT must be a port's number: 8080")


def _needed(environ: Mapping[str, str], name: str) -> str:
    if value := environ.get(name):
        return value
    raise BadSettings(f"{name} is not set: `python starter.py keys` makes one")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSettings(f"cannot read {path}: {error.strerror}") from None
