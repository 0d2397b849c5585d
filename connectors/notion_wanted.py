"""Whom to look for in Notion's data sources, how to ask for them, and what of them a page carries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from connectors.notion_config import DataSource
from connectors.notion_pages import people, text
from connectors.notion_position import Position
from connectors.notion_workspace import OLDEST_FIRST, SHOWN_AT_MOST, Page, User
from dsar.identity import Identity, Key, normalise

LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, less the brackets."""
LONGEST_TEXT = 2000
"""What Notion takes as a text; it holds no longer name in one piece."""


@dataclass(frozen=True)
class Wanted:
    """The person, in the forms that Notion can be asked for."""

    addresses: tuple[str, ...]
    """As given, and as compared: Notion does not say whether capitals matter to its filters."""
    names: tuple[str, ...]
    users: tuple[str, ...]

    @classmethod
    def of(cls, identity: Identity) -> "Wanted":
        """What of the identity Notion can know. What is no address or no user id is not asked for."""
        given = identity.values(Key.EMAIL)
        addresses = dict.fromkeys([v.strip() for v in given] + [normalise(Key.EMAIL, v) for v in given])
        names = dict.fromkeys(value.strip() for value in identity.values(Key.NAME))
        users = dict.fromkeys(filter(None, map(_uuid, identity.values(Key.NOTION_USER_ID))))
        return cls(
            addresses=tuple(each for each in addresses if "@" in each[1:-1] and len(each) <= LONGEST_ADDRESS),
            names=tuple(each for each in names if each and len(each) <= LONGEST_TEXT),
            users=tuple(users),
        )

    def has(self, address: str) -> bool:
        """Whether an address is one of the person's."""
        return bool(address) and normalise(Key.EMAIL, address) in self.addresses

    def body(self, source: DataSource, at: Position, page_size: int) -> dict[str, Any] | None:
        """The query for this position; `None` when nothing that this data source has is known of the person."""
        asked = [_equals(source.email_property, source.email_type, each) for each in self.addresses]
        if source.people_property:
            users = dict.fromkeys([*self.users, *at.users])
            asked += [{"property": source.people_property, "people": {"contains": each}} for each in users]
        if source.name_property:
            asked += [_equals(source.name_property, source.name_type, each) for each in self.names]
        if not asked:
            return None
        return query(at, page_size, {"or": asked})

    def matched(self, page: Page, source: DataSource, at: Position, users: list[User]) -> frozenset[Key]:
        """The kinds of the person's identifiers that a page carries; `users` are those that it is about."""
        written = self.written(page, source)
        by = {
            Key.EMAIL: any(self.has(u.person.email) or u.id in at.users for u in users),
            Key.NOTION_USER_ID: any(user.id in self.users for user in users),
        }
        return written | {key for key, is_so in by.items() if is_so}

    def written(self, page: Page, source: DataSource) -> frozenset[Key]:
        """The kinds that stand in the page's own words, not in a reference to a user: so these are about the person."""
        name = normalise(Key.NAME, text(page.properties.get(source.name_property, {})))
        by = {
            Key.EMAIL: self.has(text(page.properties.get(source.email_property, {}))),
            Key.NAME: bool(name) and name in {normalise(Key.NAME, each) for each in self.names},
        }
        return frozenset(key for key, is_so in by.items() if is_so)


def query(at: Position, page_size: int, whose: dict[str, Any] | None = None) -> dict[str, Any]:
    """The query for this position: for all pages that the filter `whose` fits, or for all there are."""
    since = [] if at.since is None else [_since(at.since)]
    filters = [*since, *([whose] if whose else [])]
    filtered = {"and": filters} if len(filters) > 1 else next(iter(filters), None)
    body: dict[str, Any] = {"sorts": OLDEST_FIRST, "page_size": page_size} | ({"filter": filtered} if filtered else {})
    return body | ({"in_trash": True} if at.trash else {}) | ({"start_cursor": at.next} if at.next else {})


def shown_people(page: Page, source: DataSource) -> tuple[list[User], bool]:
    """The users that a page says it is about, and whether there may be more than it shows."""
    value = page.properties.get(source.people_property, {}).get("people")
    values = value if isinstance(value, list) else []
    return people(values), len(values) >= SHOWN_AT_MOST


def _equals(name: str, kind: str, value: str) -> dict[str, Any]:
    return {"property": name, kind: {"equals": value}}


def _since(moment: datetime) -> dict[str, Any]:
    return {"timestamp": "created_time", "created_time": {"on_or_after": moment.isoformat(timespec="milliseconds")}}


def _uuid(value: str) -> str | None:
    try:
        return str(UUID(value.strip()))
    except ValueError:
        return None
