"""A mailbox while it is open: folders, searches, heads and contents. What the server refuses gets its meaning here."""

import re
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from connectors.connector import NeedsPerson, TryLater
from connectors.imap_config import Folder, ImapConfig
from connectors.imap_letter import WANTED, Letter, content, letters
from connectors.imap_login import capabilities, is_busy, log_in
from connectors.imap_wire import Reply, Wire, quoted
from connectors.oauth import Tokens
from dsar.frozen import Frozen

PIECE = 512 << 10
"""Bytes of a mail that are asked for at once."""
AT_ONCE = 200
"""Mails named in one command: servers refuse commands of more than 8 kB."""
FOR_A_PERSON = frozenset(
    {"AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED", "CONTACTADMIN", "NOPERM"}
)

_LIST = re.compile(rb'LIST \(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (.*)', re.DOTALL)
_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")
_KEPT = re.compile(rb"\[PERMANENTFLAGS \(([^)]*)\)\]")


class Opened(Frozen):
    """A folder that is open."""

    validity: int
    """UIDVALIDITY: numbers of mails mean nothing beside another one."""
    writable: bool
    flags: frozenset[str]
    """What can be written on mails here, in small letters; `\\*`: any word."""


class Mailbox:
    """One that we are logged in to."""

    def __init__(self, wire: Wire, config: ImapConfig, capabilities: frozenset[str]) -> None:
        self._wire = wire
        self._config = config
        self.capabilities = capabilities
        self._folders: list[Folder] | None = None
        self._open: tuple[str, bool, Opened | None] | None = None

    @property
    def erases_singly(self) -> bool:
        """Whether single mails can be expunged; otherwise only all that anybody ever marked as deleted."""
        return bool(self.capabilities & {"UIDPLUS", "IMAP4REV2"})

    @property
    def keeps_expunged(self) -> bool:
        """Whether expunging only takes a mail out of a folder, but in the trash: so does Gmail."""
        return "X-GM-EXT-1" in self.capabilities

    async def folders(self) -> list[Folder]:
        """Every folder in which mails are records, in a fixed order."""
        if self._folders is None:
            reply = self._ok(await self._wire.command("LIST", '""', '"*"'))
            listed = [folder for line in reply.lines if (folder := _folder(line.text, line.literals))]
            self._folders = self._config.searched(listed)
        return self._folders

    async def open(self, name: str, *, write: bool = False) -> Opened | None:
        """Open a folder, to read unless told otherwise; `None` where there is none of this name."""
        if self._open and self._open[:2] == (name, write):
            return self._open[2]
        reply = await self._wire.command("SELECT" if write else "EXAMINE", quoted(name))
        opened = None
        if reply.status == "OK":
            opened = self._opened(reply)
        elif reply.code not in {"NONEXISTENT", "TRYCREATE"}:
            self._folders = None
            if any(folder.name == name for folder in await self.folders()):
                self._ok(reply)
        self._open = (name, write, opened)
        return opened

    async def search(self, *criteria: str) -> list[int]:
        """The numbers of the mails in the open folder that match, rising."""
        reply = self._ok(await self._wire.command("UID SEARCH", *filter(None, criteria)))
        words = (word for line in reply.lines if line.text.startswith(b"SEARCH") for word in line.text.split()[1:])
        return sorted({int(word) for word in words if word.isdigit()})

    async def heads(self, uids: Sequence[int]) -> list[Letter]:
        """The heads of these mails, fewer where some are gone; none is marked as read."""
        found: list[Letter] = []
        for start in range(0, len(uids), AT_ONCE):
            wanted = set(uids[start : start + AT_ONCE])
            reply = self._ok(await self._wire.command("UID FETCH", numbers(wanted), WANTED))
            found += [letter for letter in self._read(reply) if letter.uid in wanted]
        return found

    async def pieces(self, uid: int) -> AsyncIterator[bytes]:
        """A mail from its beginning, in pieces of 512 KiB, the last one shorter; nothing where it is gone."""
        got, piece = 0, b""
        while got == 0 or len(piece) == PIECE:
            reply = self._ok(await self._wire.command("UID FETCH", str(uid), f"(UID BODY.PEEK[]<{got}.{PIECE}>)"))
            piece = next((each[1] for line in reply.lines if (each := content(line)) and each[0] == uid), b"")
            if not piece:
                return
            got += len(piece)
            yield piece

    async def expunge(self, uids: Iterable[int]) -> None:
        """Delete these mails of the open folder for good, and no others that anybody has marked."""
        chosen = numbers(uids)
        self._ok(await self._wire.command("UID STORE", chosen, "+FLAGS.SILENT", "(\\Deleted)"))
        self._ok(await self._wire.command("UID EXPUNGE", chosen))

    async def move(self, uids: Iterable[int], folder: str) -> None:
        """Move these mails of the open folder to another (RFC 6851)."""
        self._ok(await self._wire.command("UID MOVE", numbers(uids), quoted(folder)))

    def _read(self, reply: Reply) -> list[Letter]:
        try:
            return letters(reply.lines)
        except ValueError:
            raise TryLater(f"{self._config.title}: the mail server writes dates that are none") from None

    def _opened(self, reply: Reply) -> Opened:
        validity = [int(found[1]) for line in reply.lines if (found := _VALIDITY.search(line.text))]
        if not validity:
            raise TryLater(f"{self._config.title}: the mail server does not number its mails")
        kept = [found[1].decode("ascii", "replace") for line in reply.lines if (found := _KEPT.search(line.text))]
        flags = frozenset(word.lower() for each in kept for word in each.split())
        return Opened(validity=validity[-1], writable=reply.code != "READ-ONLY", flags=flags)

    def _ok(self, reply: Reply) -> Reply:
        if reply.status == "OK":
            return reply
        if reply.code in FOR_A_PERSON:
            raise _denied(self._config)
        raise TryLater(f"{self._config.title}: the mail server refuses ({reply.code or reply.status})")


@asynccontextmanager
async def logged_in(config: ImapConfig, key: str | Tokens) -> AsyncIterator[Mailbox]:
    """The mailbox, until the end of the block; `key` is kept from one to the next, with the token that it holds.

    Raises:
        TryLater: the server cannot be reached, or takes nobody in now.
        NeedsPerson: it does not take us in.
    """
    host, port, secure = config.place
    tls = ssl.create_default_context() if secure else None
    wire = await Wire.open(host, port, tls, config.title, config.timeout_seconds)
    try:
        reply = await log_in(wire, config.user, key, (host, port))
        if reply.status != "OK":
            raise _not_let_in(config, key, reply)
        yield Mailbox(wire, config, await capabilities(wire))
    finally:
        await wire.close()


def numbers(uids: Iterable[int]) -> str:
    """A set of mails as a command names it: `3:5,8`."""
    runs: list[list[int]] = []
    for uid in sorted(set(uids)):
        if runs and uid == runs[-1][-1] + 1:
            runs[-1][1:] = [uid]
        else:
            runs.append([uid])
    return ",".join(":".join(map(str, run)) for run in runs)


def _not_let_in(config: ImapConfig, key: str | Tokens, reply: Reply) -> Exception:
    if reply.status == "NO" and not is_busy(reply):
        return _denied(config) if isinstance(key, str) else key.refused(config.title)
    return TryLater(f"{config.title}: the mail server takes nobody in now ({reply.code or reply.status})")


def _denied(config: ImapConfig) -> NeedsPerson:
    return NeedsPerson(
        f"{config.title}: the mail server denies access",
        f"Check the secret of [{config.name}] in systems.toml, that IMAP is switched on for this mailbox, and that "
        "it may read and delete in every folder. Then retry.",
    )


def _folder(text: bytes, literals: Sequence[bytes]) -> Folder | None:
    found = _LIST.match(text)
    if found is None:
        return None
    name = literals[0] if literals else found[2].strip()
    if not literals and name.startswith(b'"'):
        name = re.sub(rb"\\(.)", rb"\1", name[1:-1])
    flags = frozenset(flag.lower() for flag in found[1].decode("ascii", "replace").split())
    return Folder(name=name.decode("utf-8", "replace"), flags=flags)
