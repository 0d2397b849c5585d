"""What a Notion page says: of whom, since when, in which files; and what it would say with nothing left in it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import ValidationError

from connectors.notion_config import DataSource
from connectors.notion_workspace import Page, User
from dsar.identity import Key
from dsar.records import Anchor, Record

EMPTY: dict[str, Any] = {
    "title": [],
    "rich_text": [],
    "number": None,
    "select": None,
    "multi_select": [],
    "date": None,
    "people": [],
    "files": [],
    "checkbox": False,
    "url": None,
    "email": None,
    "phone_number": None,
    "relation": [],
    "place": None,
}
"""The types of property that can be emptied, and how. Not `status`, whose values are the company's own words for its
steps; the rest Notion computes."""

Hosted = tuple[str, str]
"""A file that Notion keeps: its name, and its address with the signature that opens it."""


def record_of(page: Page, source: DataSource, matched: frozenset[Key], *, about: bool) -> Record:
    """A page's record. `about`: whether its own words are about the person; otherwise it only refers to their user."""
    return Record(
        id=f"page:{page.id}",
        category=source.category,
        matched=matched,
        dates=days(page, source),
        label=title(page),
        state={"page": page.id, "data_source": source.id, "in_trash": page.in_trash, "about": about},
    )


def filled(page: Page) -> dict[str, Any]:
    """The properties that can be emptied and are not, with their empty values, as an update takes them."""
    return {
        name: {kind: EMPTY[kind]}
        for name, held in page.properties.items()
        if (kind := str(held.get("type"))) in EMPTY and held.get(kind) != EMPTY[kind]
    }


def text(held: Mapping[str, Any]) -> str:
    """A property's text, also of an email property."""
    value = held.get(str(held.get("type")))
    if isinstance(value, list):
        return "".join(str(part.get("plain_text", "")) for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def people(values: Sequence[Any]) -> list[User]:
    """The users among a property's values; groups and what is no user are left out."""
    return [user for value in values if (user := _user(value)) is not None]


def title(page: Page) -> str:
    """What a person calls the page."""
    return next((text(held) for held in page.properties.values() if held.get("type") == "title"), "")


def days(page: Page, source: DataSource) -> dict[Anchor, date]:
    """The days that retention counts from: the entry's properties, else Notion's own stamps."""
    found = {Anchor.CREATED: page.created_time.date(), Anchor.LAST_INTERACTION: page.last_edited_time.date()}
    for anchor, name in source.dates.items():
        found.pop(anchor, None)
        if (day := _day(page.properties.get(name, {}), first=anchor is Anchor.CREATED)) is not None:
            found[anchor] = day
    return found


def hosted(value: Any) -> Iterator[Hosted]:
    """Every file that Notion keeps for a page, block or comment, wherever in it."""
    if isinstance(value, dict):
        if (url := _signed(value)) is not None:
            yield str(value.get("name") or _last_step(url)), url
        for key, each in value.items():
            if key != "children":
                yield from hosted(each)
    elif isinstance(value, list):
        for each in value:
            yield from hosted(each)


def unsigned(value: Any) -> Any:
    """The same without signatures: who has the export could otherwise open the files, for an hour, without asking."""
    if isinstance(value, list):
        return [unsigned(each) for each in value]
    if not isinstance(value, dict):
        return value
    if (url := _signed(value)) is not None:
        return {**value, "file": {"url": bare(url)}}
    return {key: unsigned(each) for key, each in value.items()}


def bare(url: str) -> str:
    """A file's address without its signature: the same as long as the file is."""
    return urlunsplit((*urlsplit(url)[:3], "", ""))


def _user(value: Any) -> User | None:
    try:
        return User.model_validate(value)
    except ValidationError:
        return None


def _signed(value: Mapping[str, Any]) -> str | None:
    file = value.get("file")
    url = file.get("url") if isinstance(file, dict) and "expiry_time" in file else None
    return url if isinstance(url, str) else None


def _last_step(url: str) -> str:
    return unquote(PurePosixPath(urlsplit(url).path).name) or "file"


def _day(held: Mapping[str, Any], *, first: bool) -> date | None:
    """The day of a date, a stamp, or a formula that gives a date; of a span its first or its last."""
    value = held.get(str(held.get("type")))
    if isinstance(value, dict) and value.get("type") == "date":
        value = value.get("date")
    if isinstance(value, dict):
        value = value.get("start") if first else value.get("end") or value.get("start")
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None
