"""Who may sign in: a name and the slow hash (scrypt, RFC 7914) of a password, a line each."""

import asyncio
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from dsar.staff import signed

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 1_000

_LOG_N, _R, _P = 15, 8, 3
"""32 MiB and about a quarter of a second: what OWASP's cheat sheet asks of scrypt."""
_LEAST_LOG_N, _MOST_LOG_N, _MOST_R, _MOST_P = 12, 17, 8, 10
_BYTES = 32
_LINE = re.compile(r"(?P<name>[^:;]+):scrypt:(\d{1,2}):(\d{1,2}):(\d{1,2}):([0-9a-f]{32,64}):([0-9a-f]{64})")


@dataclass(frozen=True)
class Slow:
    """One password, hashed."""

    log_n: int
    r: int
    p: int
    salt: bytes = field(repr=False)
    hash: bytes = field(repr=False)

    def is_of(self, password: str) -> bool:
        """Whether it is this password's. Takes as long for any other."""
        made = _scrypt(password, self.salt, self.log_n, self.r, self.p)
        return hmac.compare_digest(made, self.hash)

    def line(self, name: str) -> str:
        """As it stands in the file."""
        return f"{name}:scrypt:{self.log_n}:{self.r}:{self.p}:{self.salt.hex()}:{self.hash.hex()}"


def hashed(password: str, *, log_n: int = _LOG_N, p: int = _P) -> Slow:
    """A password, hashed with a salt of its own. Raises `ValueError` for one that is too short or too long."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has at least {SHORTEST_PASSWORD} letters: four words are easy to remember")
    salt = secrets.token_bytes(16)
    return Slow(log_n, _R, p, salt, _scrypt(password, salt, log_n, _R, p))


def named(name: str) -> str:
    """A name that somebody can sign in and sign with. Raises `ValueError`, saying why."""
    name = signed(" ".join(name.split()))
    if not name or ":" in name or ";" in name or name.startswith("#"):
        raise ValueError("a name is at least one letter, and has no colon and no semicolon")
    return name


def parsed(text: str) -> Mapping[str, Slow]:
    """The accounts in a text, a line each, or separated by semicolons. Empty lines and those with `#` say nothing.

    Raises:
        ValueError: which line is wrong, and never what stands there.
    """
    found: dict[str, Slow] = {}
    for number, line in enumerate(re.split(r"[\n;]", text), start=1):
        if not (line := line.strip()) or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"account {number} is not a line of `starter.py staff-password`")
        log_n, r, p = (int(each) for each in match.groups()[1:4])
        if not (_LEAST_LOG_N <= log_n <= _MOST_LOG_N and 1 <= r <= _MOST_R and 1 <= p <= _MOST_P):
            raise ValueError(f"account {number} asks for more work, or less, than can be meant")
        name = named(match["name"])
        if known(name) in {known(each) for each in found}:
            raise ValueError(f"account {number} has the name of another")
        found[name] = Slow(log_n, r, p, bytes.fromhex(match[5]), bytes.fromhex(match[6]))
    if not found:
        raise ValueError("there is no account: `starter.py staff-password NAME` makes one")
    return found


def known(name: str) -> str:
    """A name as it is compared: how it is typed does not matter."""
    return " ".join(name.split()).casefold()


class Accounts:
    """The accounts of one company. One password is looked at at a time: guessing in parallel gains nothing."""

    def __init__(self, accounts: Mapping[str, Slow]) -> None:
        self._accounts = {known(name): (name, slow) for name, slow in accounts.items()}
        strangest = max(accounts.values(), key=lambda slow: (slow.log_n, slow.r * slow.p))
        self._nobody = Slow(strangest.log_n, strangest.r, strangest.p, secrets.token_bytes(16), bytes(_BYTES))
        self._one_at_a_time = asyncio.Lock()

    async def check(self, name: str, password: str) -> str | None:
        """Whose password it is, by the name that they sign with; `None` for a wrong one and for an unknown name alike.

        An unknown name costs the same time.
        """
        signs, slow = self._accounts.get(known(name), ("", self._nobody))
        async with self._one_at_a_time:
            right = await asyncio.to_thread(slow.is_of, password[:LONGEST_PASSWORD])
        return signs if right and signs else None

    def mark(self, name: str) -> str:
        """What changes when somebody gets another password; empty: they have no account any more."""
        _, slow = self._accounts.get(known(name), ("", None))
        return hashlib.sha256(slow.salt + slow.hash).hexdigest()[:16] if slow else ""


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    n = 1 << log_n
    needs = 128 * n * r + 128 * r * p + (1 << 20)
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=n, r=r, p=p, maxmem=needs, dklen=_BYTES)
