"""Whose things are looked for in Figma, and where the search stands."""

from collections.abc import Iterable

from connectors.figma_answers import User
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key, normalise

Accounts = dict[str, tuple[Key, ...]]
"""The person's accounts by id, and what led to each."""

LONGEST_ADDRESS = 254
"""Of a mailbox (RFC 5321, 4.5.3.1.3); a longer text is none."""


class Place(Frozen):
    """The cursor of a search: where in the log, or where in the teams. A project is walked in the order of its keys."""

    users: Accounts = {}  # noqa: RUF012 - pydantic copies defaults
    log: str | None = None
    """While set: the activity log is read on from here (empty: from its start)."""
    projects: tuple[str, ...] | None = None
    """Still to be walked; `None` while they were not listed."""
    file: str = ""
    """The last file that was looked into, in the first of `projects`."""
    before: str | None = None
    """While set: that file's comments are done, its history is read on from here (empty: from its start)."""


class Person:
    """Whose things are looked for: by account where one is known, otherwise by the name that Figma shows."""

    def __init__(self, identity: Identity, users: Accounts) -> None:
        self._users = users
        self._names = frozenset() if users else names_of(identity)

    @property
    def searchable(self) -> bool:
        """Whether there is anything to go by."""
        return bool(self._users or self._names)

    def is_author(self, user: User) -> bool:
        """Whether this account is the person's, or at least has their name."""
        return user.id in self._users or normalise(Key.NAME, user.handle) in self._names

    def matched(self, user: User) -> frozenset[Key]:
        """What led to this account."""
        return frozenset(self._users.get(user.id, (Key.NAME,)))

    def learned(self, system: str) -> tuple[Identifier, ...]:
        """The accounts that an address led to, for whoever searches next."""
        return tuple(
            Identifier(kind=Key.FIGMA_USER_ID, value=user, source=system)
            for user, keys in self._users.items()
            if Key.EMAIL in keys
        )


def addresses(identity: Identity) -> list[str]:
    """The addresses that may be somebody's."""
    return [address for address in identity.values(Key.EMAIL) if address.strip() and len(address) <= LONGEST_ADDRESS]


def names_of(identity: Identity) -> frozenset[str]:
    """The names, in the form in which they are compared."""
    return frozenset(normalise(Key.NAME, name) for name in identity.values(Key.NAME)) - {""}


def with_accounts(users: Accounts, identity: Identity, accounts: Iterable[tuple[str, str]]) -> Accounts:
    """The accounts known so far and those of the person's addresses; an answer is not trusted to be what was asked."""
    led = {user: (*users.get(user, ()), Key.EMAIL) for address, user in accounts if identity.knows(Key.EMAIL, address)}
    return users | {user: tuple(dict.fromkeys((*keys, Key.FIGMA_USER_ID))) for user, keys in led.items()}


def led_by_address(users: Accounts) -> bool:
    """Whether an address led to one of the accounts."""
    return any(Key.EMAIL in keys for keys in users.values())
