"""What an entry of systems.toml says of a mailbox: which folders are looked in, and what the mails in them are."""

import re
from fnmatch import fnmatchcase
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from connectors.connector import SystemConfig
from connectors.oauth import Tokens, grant_in
from connectors.object_places import Rule, category
from dsar.frozen import Frozen
from dsar.identity import Key, normalise

VIRTUAL = frozenset({"\\flagged", "\\important"})
"""Folders that only show what lies in others (RFC 6154)."""
BESIDE_ALL = frozenset({"\\all", "\\junk", "\\trash"})
"""Where one folder shows all mails, the only others that hold some of their own."""
UNOPENABLE = frozenset({"\\noselect", "\\nonexistent"})

_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


class Folder(Frozen):
    """A folder of the mailbox."""

    name: str
    """As the server writes it (modified UTF-7, RFC 3501, 5.1.3)."""
    flags: frozenset[str] = frozenset()
    """In small letters: `\\all`."""

    @property
    def is_trash(self) -> bool:
        """Whether mails lie here that somebody deleted."""
        return "\\trash" in self.flags

    @property
    def shown(self) -> str:
        """As people read it."""
        return _SHIFTED.sub(lambda found: _unshifted(found[1]), self.name)


class ImapConfig(SystemConfig):
    """An entry of systems.toml with `kind = "imap"`; `base_url` is `imaps://HOST[:PORT]`, `secret` a password or JSON.

    JSON is an OAuth credential (connectors/oauth.py), for servers that take no passwords.
    """

    user: str
    """Who logs in: most often the mailbox's address."""
    own: tuple[str, ...] = ()
    """The company's own addresses, and domains as `@company.com`: a walk says of no mail that it is theirs."""
    folders: tuple[str, ...] = ()
    """Patterns of folders to look in (`*` matches anything, `/` too); none: all that hold mails of their own."""
    leave_out: tuple[str, ...] = ()
    """Patterns of folders that are never opened: where the letters of requests lie, and the mails that ask."""
    leave_out_senders: tuple[str, ...] = ()
    """Addresses whose mails are no records: the one that answers to requests are sent from."""
    rules: tuple[Rule, ...] = ()
    """What the mails of a folder are, by its name: `Projects/*`; the first rule wins."""
    default_category: str = "contact information and communications"
    page_size: int = Field(default=100, ge=1, le=500)
    largest_parsed: int = Field(default=32 << 20, ge=0)
    """Bytes. A longer mail is not taken apart but exported as one file, as it is."""
    max_connections: int = Field(default=3, ge=1)
    """Servers count connections: Gmail allows fifteen, people's own mail programs among them."""

    @field_validator("secret")
    @classmethod
    def _is_a_key(cls, secret: SecretStr) -> SecretStr:
        """A broken credential is found when the worker starts, and is not quoted."""
        grant_in(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _address(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname or parts.username or parts.path.strip("/"):
            raise ValueError("base_url is written as imaps://HOST:PORT")
        if parts.scheme == "imap" and not _is_loopback(parts.hostname):
            raise ValueError("base_url: imap:// would send the password in clear; write imaps://")
        return self

    def key(self) -> str | Tokens:
        """The password, or where access tokens come from."""
        secret = self.secret.get_secret_value()
        grant = grant_in(secret)
        return Tokens(grant, f"the secret of [{self.name}] in systems.toml") if grant else secret

    @property
    def place(self) -> tuple[str, int, bool]:
        """Host, port, and whether the line is encrypted."""
        parts = urlsplit(self.base_url)
        secure = parts.scheme == "imaps"
        return parts.hostname or "", parts.port or (993 if secure else 143), secure

    def category_of(self, folder: Folder) -> str:
        """The category of the retention schedule that a folder's mails belong to."""
        return category(folder.shown, self.rules, self.default_category)

    def searched(self, folders: list[Folder]) -> list[Folder]:
        """Of all that the server lists, the folders where mails are records; each mail is in one of them once."""
        usable = [f for f in folders if not f.flags & UNOPENABLE and not self._matches(f, self.leave_out)]
        if self.folders:
            usable = [f for f in usable if self._matches(f, self.folders)]
        elif any("\\all" in f.flags for f in usable):
            usable = [f for f in usable if f.flags & BESIDE_ALL]
        else:
            usable = [f for f in usable if not f.flags & VIRTUAL]
        return sorted(usable, key=lambda folder: folder.name)

    def is_own(self, address: str) -> bool:
        """Whether this is one of the company's own addresses."""
        canonical = normalise(Key.EMAIL, address)
        known = {normalise(Key.EMAIL, each) for each in self.own}
        return canonical in known or f"@{canonical.rpartition('@')[2]}" in known

    @staticmethod
    def _matches(folder: Folder, patterns: tuple[str, ...]) -> bool:
        return any(fnmatchcase(folder.shown, pattern) for pattern in patterns)


def _unshifted(base64: str) -> str:
    if not base64:
        return "&"
    try:
        return f"+{base64.replace(',', '/')}-".encode("ascii").decode("utf-7")
    except UnicodeError:
        return f"&{base64}-"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
