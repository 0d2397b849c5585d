"""Requests made of templates: every value is encoded for its place, and none is part of a path's or an error's text."""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

from yarl import URL

from connectors.connector import NeedsPerson, TryLater
from connectors.declared_config import PLACEHOLDER, DeclaredConfig, Listing, Paging, Request, Thing
from connectors.declared_pointers import EVERY, first, found, has, placed
from connectors.http import OK, Answer, Http

LONGEST = 2000
"""Letters of an identifier; what is longer is nobody's."""

_LINK = re.compile(r"<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s,;\"]+))*)")
_RELATION = re.compile(r";\s*rel\s*=\s*\"?([^\";]*)", re.IGNORECASE)

Place = int | str | None
"""Where a page begins, in the paging's own way; `None`: at the beginning."""
Thingy = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """Records, and where the next ones begin; `None` behind the last."""

    records: Sequence[Thingy]
    next: Place


class Requests:
    """The system's interface, as its entry describes it."""

    def __init__(self, config: DeclaredConfig) -> None:
        secret = config.secret.get_secret_value()
        known = {"secret": secret, "secret_base64": base64.b64encode(secret.encode()).decode()}
        headers = {name: filled(value, known) for name, value in config.headers.items()}
        self._base = URL(config.base_url)
        self._title = config.title
        self.http = Http(config, {"Accept": "application/json", **headers})

    async def send(
        self,
        request: Request,
        values: Mapping[str, str],
        *,
        ok: frozenset[int] = OK,
        query: Mapping[str, str] | None = None,
        body: Thingy | None = None,
    ) -> Answer:
        """Send it with these values in its places; `query` and `body`: in place of its own."""
        path = PLACEHOLDER.sub("{}", request.path)
        arguments = [values[name] for name in PLACEHOLDER.findall(request.path)]
        if query is None:
            query = {name: filled(value, values) for name, value in request.query.items()}
        if body is None and request.body is not None:
            body = filled_in(request.body, values)
        form = None if request.form is None else {name: filled(value, values) for name, value in request.form.items()}
        return await self.http.request(
            request.method, path, *arguments, ok=ok, params=query or None, json=body, data=form
        )

    async def page(
        self, listing: Listing, values: Mapping[str, str], place: Place, none: frozenset[int] = frozenset()
    ) -> Page:
        """One page of a listing; `none`: the statuses that say there is nothing."""
        query = {name: filled(value, values) for name, value in listing.query.items()}
        body = None if listing.body is None else filled_in(listing.body, values)
        paging = listing.paging
        if paging and paging.kind in {"link", "header"} and place is not None:
            query |= URL(str(place)).query
        elif paging and (start := _start(paging, place)) is not None:
            if body is not None and paging.place == "body":
                body = placed(body, paging.parameter, start)
            else:
                query[paging.parameter] = str(start)
        answer = await self.send(listing, values, ok=OK | none, query=query, body=body)
        if answer.status in none:
            answered(answer)
            return Page((), None)
        whole = answer.json()
        records = _records(whole, listing.records, answer.path)
        return Page(records, self._following(listing, values, answer, whole, place, len(records)))

    def _following(
        self, listing: Listing, values: Mapping[str, str], answer: Answer, whole: Any, place: Place, count: int
    ) -> Place:
        paging = listing.paging
        if paging is None:
            return None
        if not paging.is_steady:
            if not count:
                return None
            at = _start(paging, place)
            return int(at or 0) + (count if paging.kind == "offset" else 1)
        said = _next_link(answer) if paging.kind == "header" else first(whole, paging.next)
        if said in (None, "", False):
            return None
        if not isinstance(said, (str, int)):
            raise TryLater(f"{answer.path} answered without a proper place of the next page")
        following = self._own(str(said), answer.path, listing, values) if paging.kind != "cursor" else said
        if following == place:
            raise TryLater(f"{answer.path} answered with the same page again")
        return following

    def _own(self, link: str, path: str, listing: Listing, values: Mapping[str, str]) -> str:
        """Of the next page's address what its query has that the first one's has not: it is kept, and may name nobody.

        What leads to another system, or another path, is not followed.
        """
        try:
            url = URL(link)
            target = self._base.origin().join(url) if not url.absolute else url
            is_ours = target.origin() == self._base.origin()
        except ValueError:
            is_ours = False
        ours = self._base.path.rstrip("/")
        if not is_ours or (PLACEHOLDER.search(listing.path) is None and target.path != ours + listing.path):
            raise NeedsPerson(
                f"{self._title}: {path} leads to a next page elsewhere",
                "The credential is sent to base_url alone. If the system moved, correct base_url in systems.toml.",
            )
        asked = {name: filled(value, values) for name, value in listing.query.items()}
        return str(URL.build(query={name: value for name, value in target.query.items() if asked.get(name) != value}))


def filled(template: str, values: Mapping[str, str]) -> str:
    """A text with the values in their places; a brace that is none of ours stays."""
    return PLACEHOLDER.sub(lambda name: values.get(name[1], name[0]), template)


def filled_in(template: Any, values: Mapping[str, str]) -> Any:
    """JSON with the values in the places of its texts."""
    match template:
        case str():
            return filled(template, values)
        case dict():
            return {name: filled_in(each, values) for name, each in template.items()}
        case list():
            return [filled_in(each, values) for each in template]
        case _:
            return template


def may_be_asked(request: Request, value: str) -> bool:
    """Whether a value can be sent: text without control characters, and in a path no part that means another one."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    in_path = bool(PLACEHOLDER.search(request.path))
    is_text = not any(category(letter) == "Cc" for letter in value)
    return 0 < len(value) <= LONGEST and is_text and not (in_path and value in {".", ".."})


def answered(answer: Answer) -> Any:
    """What an answer says, `None` for nothing at all; an error page in place of JSON is `TryLater`."""
    return answer.json() if answer.body.strip() else None


def is_gone(answer: Answer, thing: Thing) -> bool:
    """Whether the answer says, in the system's own words, that a record is not there."""
    if answer.status not in thing.gone.status:
        return False
    said = answered(answer)
    if thing.gone.at and thing.gone.says not in map(str, found(said, thing.gone.at)):
        raise NeedsPerson(
            f"{answer.path} answered {answer.status} in other words than systems.toml expects",
            "See whether base_url in systems.toml leads to the system itself, and whether `gone` is what it says.",
        )
    return True


def _start(paging: Paging, place: Place) -> Place:
    """What the parameter says; `None`: nothing, it is the first page of a cursor."""
    if place is not None:
        return place
    return {"offset": 0, "page": paging.first}.get(paging.kind)


def _next_link(answer: Answer) -> str:
    """The target of the link with rel="next" (RFC 8288, 3); empty where there is none."""
    for target, parameters in _LINK.findall(answer.headers.get("Link", "")):
        if any("next" in relation.lower().split() for relation in _RELATION.findall(parameters)):
            return str(target)
    return ""


def _records(whole: Any, pointer: str, path: str) -> list[Thingy]:
    """The records of an answer; an answer without them is none."""
    said = list(found(whole, pointer))
    if not has(whole, pointer.partition(f"/{EVERY}")[0]):  # of a list that is empty, no item can be shown
        raise TryLater(f"{path} answered without the records that systems.toml expects")
    items = said[0] if len(said) == 1 and isinstance(said[0], list) else [each for each in said if each is not None]
    if not all(isinstance(item, dict) for item in items):
        raise TryLater(f"{path} answered with records that are no objects")
    return list(items)
