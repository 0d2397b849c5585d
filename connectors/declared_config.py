"""The entry in systems.toml of a system that speaks JSON over HTTP, and is described there alone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from connectors.connector import SystemConfig
from connectors.declared_pointers import PlainPointer, Pointer, steps
from dsar.correction import Field as Correctable
from dsar.frozen import Frozen
from dsar.identity import Key
from dsar.records import Anchor

PLACEHOLDER = re.compile(r"\{(\w+)\}")
"""What stands in templates for a value; every value is encoded for its place."""
SECRETS = frozenset({"secret", "secret_base64"})

READING = frozenset({"GET", "POST"})

_PATH = re.compile(r"(?:/(?!\.{0,2}(?:/|$))(?:[\w.~:@!$&'()*+,;=-]|%[0-9A-Fa-f]{2}|\{\w+\})+)+/?", re.ASCII)


def _several(value: object) -> object:
    return value if isinstance(value, (list, tuple)) else (value,)


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Statuses = Annotated[frozenset[int], Field(min_length=1)]
Pointers = Annotated[tuple[Pointer, ...], BeforeValidator(_several), Field(min_length=1)]
Texts = dict[str, Annotated[str, BeforeValidator(_as_text)]]


class Request(Frozen):
    """A request. Its templates may name what the place where it stands says."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "GET"
    path: str
    """Behind the entry's base_url: `/contacts/{id}`. A value becomes one part of it, whatever is in the value."""
    query: Texts = Field(default_factory=dict)
    body: dict[str, Any] | None = None
    """Sent as JSON; every text in it is a template."""
    form: Texts | None = None
    """Sent as a form, in place of `body`."""

    @field_validator("path")
    @classmethod
    def _is_a_path(cls, path: str) -> str:
        if not _PATH.fullmatch(path):
            raise ValueError('begins with "/", and has neither a query, nor empty or dotted parts, nor other braces')
        return path

    @property
    def named(self) -> frozenset[str]:
        """The placeholders."""
        texts = [self.path, *self.query.values(), *(self.form or {}).values(), *_texts(self.body)]
        return frozenset(name for text in texts for name in PLACEHOLDER.findall(text))

    @model_validator(mode="after")
    def _has_one_body(self) -> "Request":
        if self.body is not None and self.form is not None:
            raise ValueError("form: a request has a body or a form, not both")
        if self.method == "GET" and (self.body is not None or self.form is not None):
            raise ValueError("method: GET carries no body: write POST")
        return self


class Paging(Frozen):
    """How the next page is asked for.

    cursor: what the answer has at `next` is sent as `parameter`; nothing there: the last page.
    link:   the answer has the next page's address at `next`: on this system, and under the same path.
    header: the same, where it stands in the header Link with rel="next" (RFC 8288).
    offset, page: `parameter` counts records from 0, or pages from `first`, until a page is empty.
    """

    kind: Literal["cursor", "link", "header", "offset", "page"]
    next: Pointer = ""
    parameter: str = ""
    place: Literal["query", "body"] = "query"
    """Where `parameter` goes; in a body it is a pointer: `/page/after`."""
    first: int = 1

    @property
    def is_steady(self) -> bool:
        """Whether what is deleted meanwhile moves nothing past the place."""
        return self.kind in {"cursor", "link", "header"}

    @model_validator(mode="after")
    def _is_whole(self) -> "Paging":
        if (self.kind in {"cursor", "link"}) != bool(self.next):
            raise ValueError("next: cursor and link need it, the others have none")
        if (self.kind not in {"link", "header"}) != bool(self.parameter):
            raise ValueError("parameter: all but link and header need it")
        if self.place == "body" and self.parameter and not (self.parameter.startswith("/") and steps(self.parameter)):
            raise ValueError('parameter: in a body it is a pointer: "/page/after"')
        return self


class Listing(Request):
    """A request that is answered by records."""

    records: Pointer = ""
    """Where in the answer they are: a list, or one record, or null."""
    paging: Paging | None = None
    """Left out: the answer has all of them."""

    @model_validator(mode="after")
    def _can_be_paged(self) -> "Listing":
        if self.paging and self.paging.place == "body" and self.body is None:
            raise ValueError("paging: there is no body to put the parameter in")
        return self


class Find(Listing):
    """The records that may be those of somebody; `{email}`, or what `by` says, becomes the identifier."""

    by: Key
    none: frozenset[int] = frozenset()
    """Statuses that say there is nobody: 404, where the identifier is part of the path."""

    @model_validator(mode="after")
    def _asks_for_somebody(self) -> "Find":
        if self.named != {self.by}:
            raise ValueError(f"by: the request must name {{{self.by}}}, and no other placeholder")
        return self


class Gone(Frozen):
    """How the system says that a record is not there. A proxy's error page never does."""

    status: Statuses = frozenset({404, 410})
    at: Pointer = ""
    says: str = ""
    """What the answer has `at` this place; left out, any answer that is JSON or empty will do."""


class Erase(Request):
    """The request that erases one record, `{id}`."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "DELETE"
    done: Statuses = frozenset({200, 204})
    accepted: frozenset[int] = frozenset({202})
    """Statuses that promise it for later."""
    takes: timedelta = timedelta(days=1)
    """How long what was promised may take; it is looked for again afterwards."""


class Correct(Request):
    """The request that changes one record, `{id}`: its body is the fields that change, where the record has them."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "PATCH"
    under: Pointer = ""
    """Where in the body the record begins: `/contact`."""
    done: Statuses = frozenset({200, 202, 204})
    refused: frozenset[int] = frozenset({400, 422})
    """Statuses that say a value is not taken: a person's task then."""


class Thing(Frozen):
    """One kind of record there."""

    category: str
    """The category of policy.toml that they belong to."""
    id: PlainPointer = "/id"
    """In a record, as the other pointers here: a number or a text that stays the same."""
    identifiers: dict[Key, Pointers] = Field(min_length=1)
    """Whose a record is: compared again here, whatever the system found."""
    dates: dict[Anchor, PlainPointer] = Field(default_factory=dict)
    label: PlainPointer | None = None
    sensitive: frozenset[Pointer] = frozenset()
    """What is said in nothing but the person's own copy."""
    left_out: frozenset[PlainPointer] = frozenset()
    """What is in no copy either: secrets of the system's own."""
    find: Annotated[tuple[Find, ...], BeforeValidator(_several), Field(min_length=1)]
    read: Request | None = None
    """One record, `{id}`. Left out, it is found again: by the identifier that it was found by, so none is corrected."""
    record: Pointer = ""
    """Where in the answer to `read` the record is."""
    export: Request | None = None
    """What a copy is made of, `{id}`; left out, the record."""
    erase: Erase | None = None
    gone: Gone = Gone()
    correct: Correct | None = None
    fields: dict[Correctable, PlainPointer] = Field(default_factory=dict)
    """What `correct` changes."""
    list: Listing | None = None
    """Every record of anybody."""

    @model_validator(mode="after")
    def _makes_sense(self) -> "Thing":
        if mistakes := [*self._misplaced(), *self._missing()]:
            raise ValueError("; ".join(mistakes))
        return self

    def _misplaced(self) -> Iterator[str]:
        for name in ("read", "export", "erase", "correct"):
            request: Request | None = getattr(self, name)
            if request and request.named != {"id"}:
                yield f"{name}: must name {{id}}, and no other placeholder"
        for name, asked in (("read", self.read), ("export", self.export), ("list", self.list), *self._finds()):
            if asked and asked.method not in READING:
                yield f"{name}.method: reading writes nothing: GET, or POST where a search has a body"
        for name, told in (("erase", self.erase), ("correct", self.correct)):
            if told and told.method == "GET":
                yield f"{name}.method: GET changes nothing"
        if self.list and self.list.named:
            yield "list: is asked for nobody, so it names no placeholder"
        if self.list and self.list.paging and not self.list.paging.is_steady:
            yield "list.paging: what is deleted would move others past the place: take cursor, link or header"
        if self.label and any(f"{self.label}/".startswith(f"{hidden}/") for hidden in self.sensitive):
            yield "label: is sensitive, and labels stand in lists"

    def _finds(self) -> Iterator[tuple[str, Request]]:
        yield from ((f"find.{number}", find) for number, find in enumerate(self.find))

    def _missing(self) -> Iterator[str]:
        for find in self.find:
            if find.by not in self.identifiers:
                yield f"find: by {find.by}, which identifiers do not have: what is found is compared again"
        if bool(self.correct) != bool(self.fields):
            yield "correct: needs `fields`, and they need it"
        if self.correct and not self.read:
            yield "read: is needed where records are corrected: they would not be found again by what they said before"
        if self.correct and (self.correct.body is not None or self.correct.form is not None):
            yield "correct.body: is made of `fields`: leave it out"


class DeclaredConfig(SystemConfig):
    """An entry that needs no code.

    In systems.toml:

        [crm]
        kind = "declared"
        title = "Customer records"
        base_url = "https://crm.example.com/api/v2"
        secret = "env:CRM_TOKEN"
        headers = { Authorization = "Bearer {secret}" }     # Basic {secret_base64}, where the secret is user:password
        learns = ["customer_id"]

        [crm.things.contacts]
        category = "contact information and communications"
        identifiers = { email = ["/email", "/other_emails/*"], customer_id = "/number" }
        dates = { created = "/created_at", last_interaction = "/last_activity" }
        label = "/name"
        read = { path = "/contacts/{id}" }
        record = "/contact"
        erase = { path = "/contacts/{id}" }
        gone = { status = [404], at = "/error/code", says = "not_found" }
        correct = { path = "/contacts/{id}", under = "/contact" }
        fields = { email = "/email", name = "/name" }
        list = { path = "/contacts", records = "/contacts", paging = { kind = "link", next = "/links/next" } }

        [[crm.things.contacts.find]]
        by = "email"
        path = "/contacts"
        query = { email = "{email}", limit = 100 }
        records = "/contacts"
        paging = { kind = "cursor", next = "/meta/next", parameter = "cursor" }
    """

    headers: dict[str, str] = Field(default_factory=dict)
    """Sent with every request; the credential's place is `{secret}`."""
    things: dict[str, Thing] = Field(min_length=1)
    """The kinds of record, by a name that stands in their ids."""

    @field_validator("secret")
    @classmethod
    def _is_one_line(cls, secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().isprintable():
            raise ValueError("is no single line")
        return secret

    @field_validator("headers")
    @classmethod
    def _name_only_the_secret(cls, headers: dict[str, str]) -> dict[str, str]:
        for name, value in headers.items():
            if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII) or not value.isprintable():
                raise ValueError(f"{name} is no header")
            if unknown := set(PLACEHOLDER.findall(value)) - SECRETS:
                raise ValueError(
                    f"{name} names {{{min(unknown)}}}: only {{secret}} and {{secret_base64}} are known here"
                )
        return headers

    @field_validator("things")
    @classmethod
    def _are_named_plainly(cls, things: dict[str, Thing]) -> dict[str, Thing]:
        if unfit := [name for name in things if not re.fullmatch(r"[\w-]+", name)]:
            raise ValueError(f"{unfit[0]}: letters, digits, - and _ only")
        return things


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
