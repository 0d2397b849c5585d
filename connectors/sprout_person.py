"""Whose messages are looked for in Sprout: by the account's id there, by a handle, or by a name that proves nothing."""

import re

from connectors.sprout_answers import Author, Message
from dsar.identity import Identity, Key, normalise

NETWORKS = frozenset(
    ("instagram", "youtube", "linkedin", "facebook", "twitter", "x", "threads", "tiktok", "pinterest", "bluesky",
     "whatsapp")
)  # fmt: skip
"""What an account's first part can be; everything else is one of Sprout's own ids: `ytpr:1234`."""

GUID = re.compile(r"[A-Za-z_]+:[A-Za-z0-9_.=+/-]+")
"""What can stand in a filter."""


class Wanted:
    """The person, as authors of messages are compared with."""

    def __init__(self, identity: Identity, *, by_name: bool) -> None:
        accounts = [value.strip() for value in identity.values(Key.SOCIAL_ACCOUNT)]
        self._accounts = {normalise(Key.SOCIAL_ACCOUNT, each) for each in accounts}
        self.guids = [each for each in accounts if GUID.fullmatch(each) and _network(each) not in NETWORKS]
        self._handles = any(_network(each) in NETWORKS and each.partition(":")[2].strip(" @") for each in accounts)
        names = {normalise(Key.NAME, name) for name in identity.values(Key.NAME)} if by_name else set()
        self._names = names - {""}

    @property
    def needs_reading(self) -> bool:
        """Whether every message has to be looked at: no filter knows handles or names."""
        return bool(self._handles or self._names)

    def matched(self, message: Message) -> frozenset[Key]:
        """What makes this message the person's."""
        author = message.author
        keys = set()
        if self._accounts & {normalise(Key.SOCIAL_ACCOUNT, each) for each in _accounts(message.network, author)}:
            keys.add(Key.SOCIAL_ACCOUNT)
        if author.name and normalise(Key.NAME, author.name) in self._names:
            keys.add(Key.NAME)
        return frozenset(keys)


def _accounts(network: str, author: Author) -> list[str]:
    handle = f"{network}:{author.screen_name}" if network and author.screen_name else ""
    return [each for each in (author.guid, handle) if each]


def _network(account: str) -> str:
    return account.partition(":")[0].strip().lower()
