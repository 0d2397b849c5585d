"""What a person entered, and what it asks for: a submission, or every mistake with the field that it is in."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from pydantic import ValidationError

from dsar.agency import OF_A_CHILD, Age, Agent, Basis, Permission
from dsar.correction import Field
from dsar.policy import UNPROVEN
from dsar.requests import Regime, Right
from dsar.submission import NEEDS, Channel, Person, Submission, is_address
from dsar.wish import Detail, Wish
from web.person.offers import Offers, takes
from web.problems import UNSUPPORTED, Problem
from web.reading import read

FORM = "application/x-www-form-urlencoded"
CARRIED = (
    "right", "detail", "consents", *(f"to_{field}" for field in Field), "about", "statement",
    "email", "name", "phone", "customer_id", "lives",
    "acts", "agent_name", "agent_email", "to_agent", "child", "permission",
)  # fmt: skip
"""The fields that are passed on from page to page."""

LONGEST_CHANGE = 500
LONGEST_STATEMENT = 4_000
LONGEST_PERMISSION = 10_000

_MOST_FIELDS = 100
_REQUEST_ID = re.compile(r"request-[a-z2-7]{24}")


@dataclass(frozen=True)
class Mistake:
    """One thing to mend: where, and why, as a key of the words under `mistakes`."""

    field: str
    why: str


class Mistaken(Exception):
    """What was entered is not a request yet."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__("a form with mistakes")
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True)
class Form:
    """The fields of a form, as they were sent."""

    values: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """A field's value, without the space around it; empty where it is missing."""
        return (self.values.get(name) or [""])[0].replace("\r\n", "\n").strip()

    def all(self, name: str) -> list[str]:
        """Every value of a field that can be ticked several times."""
        return list(self.values.get(name, ()))

    def carried(self, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
        """What the next page has to know, as its hidden fields."""
        return [(name, value) for name in CARRIED if name not in without for value in self.all(name) if value]


def is_request_id(text: str) -> bool:
    """Whether it could be the number of a request."""
    return bool(_REQUEST_ID.fullmatch(text))


async def posted(request: web.Request) -> Form:
    """The form in a body.

    Raises:
        Problem: no form, or too large a one.
    """
    if request.content_type != FORM:
        raise Problem(UNSUPPORTED)
    text = (await read(request)).decode("utf-8", "replace")
    try:
        return Form(parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Problem(UNSUPPORTED) from None


PERSON = ("email", "name", "phone", "customer_id")
"""What the person's own form asks of who they are."""


def submission(
    form: Form, offers: Offers, *, names: Sequence[str] = PERSON, channel: Channel = Channel.WEB, **more: Any
) -> Submission:
    """What the form asks for; `more`: what is known of it besides.

    Raises:
        Mistaken: something has to be mended first.
    """
    rights = offers.known(form.all("right"))
    person, mistakes = person_of(form, names)
    agent, wrong = _agent(form, rights)
    found = [*_mistakes(form, rights, offers), *mistakes, *wrong]
    if found or person is None:
        raise Mistaken(found)
    lives = form.one("lives")
    try:
        return Submission(
            rights=tuple(rights),
            person=person,
            wish=_wish(form, rights),
            agent=agent,
            permission=_permission(form) if agent else None,
            channel=channel,
            regime=Regime(lives) if lives in offers.laws else None,
            **more,
        )
    except ValidationError:
        raise Mistaken([Mistake("right", "unusable")]) from None


def person_of(form: Form, names: Sequence[str], **more: str) -> tuple[Person | None, list[Mistake]]:
    """Who asks, from these fields and what else is known; or what is wrong with them."""
    given = {name: value for name in names if (value := form.one(name))}
    try:
        return Person(**given, **more), []
    except ValidationError as error:
        return None, [_of_person(each) for each in error.errors(include_url=False, include_input=False)]


def _agent(form: Form, rights: Sequence[Right]) -> tuple[Agent | None, list[Mistake]]:
    """Who asks for the person, if it is not they; or what is wrong with it."""
    acts = form.one("acts")
    if acts not in set(Basis):
        return None, []
    basis, email = Basis(acts), form.one("agent_email")
    wrong = []
    if email and email.lower() == form.one("email").lower():
        wrong.append(Mistake("agent_email", "agent_same"))
    if basis is Basis.PERMISSION and UNPROVEN & set(rights) and not form.one("permission"):
        wrong.append(Mistake("permission", "permission"))
    if len(form.one("permission")) > LONGEST_PERMISSION:
        wrong.append(Mistake("permission", "too_long"))
    try:
        agent = Agent(
            basis=basis,
            name=form.one("agent_name"),
            email=email or None,
            answer_to_agent=form.one("to_agent") == "yes",
            child=next((age for age in Age if basis in OF_A_CHILD and age == form.one("child")), None),
        )
    except ValidationError as error:
        fields = {str(each["loc"][0]) if each["loc"] else "" for each in error.errors(include_input=False)}
        return None, [*wrong, *(_of_agent(name, basis) for name in sorted(fields))]
    return agent, wrong


def _of_agent(name: str, basis: Basis) -> Mistake:
    if name == "name":
        return Mistake("agent_name", "agent_name")
    if name == "email":
        return Mistake("agent_email", "email")
    return Mistake("child", "child") if basis in OF_A_CHILD else Mistake("agent_email", "agent_email")


def _permission(form: Form) -> Permission | None:
    text = form.one("permission").encode()
    return Permission(content=base64.b64encode(text), media_type="text/plain") if text else None


def _of_person(error: Any) -> Mistake:
    if not error["loc"]:
        return Mistake("email", "nobody")
    name = str(error["loc"][0])
    if error["type"] == "string_too_long":
        return Mistake(name, "too_long")
    return Mistake(name, "email" if name == "email" else "one_line")


def _mistakes(form: Form, rights: Sequence[Right], offers: Offers) -> Iterator[Mistake]:
    """What is wrong with the rights and the wish, in the order of the page."""
    if not rights:
        yield Mistake("right", "right")
    if Right.WITHDRAW in rights and not set(form.all("consents")) & offers.policy.consents.keys():
        yield Mistake("consents", "consents")
    if Right.CORRECT in rights:
        changes = {field: form.one(f"to_{field}") for field in Field}
        if not any(changes.values()):
            yield Mistake(f"to_{next(iter(Field))}", "changes")
        yield from (Mistake(f"to_{field}", "too_long") for field, to in changes.items() if len(to) > LONGEST_CHANGE)
        if changes[Field.EMAIL] and not is_address(changes[Field.EMAIL]):
            yield Mistake(f"to_{Field.EMAIL}", "email")
    if Right.APPEAL in rights and not is_request_id(form.one("about")):
        yield Mistake("about", "about")
    if any("statement" in NEEDS.get(right, ()) for right in rights) and not form.one("statement"):
        yield Mistake("statement", "statement")
    if takes("statement", rights) and len(form.one("statement")) > LONGEST_STATEMENT:
        yield Mistake("statement", "statement_too_long")


def _wish(form: Form, rights: Sequence[Right]) -> Wish:
    """Only what says something to one of the rights: what was entered for one that was taken back is left out."""
    wish: dict[str, Any] = {}
    if Right.KNOW in rights and form.one("detail") == Detail.CATEGORIES:
        wish["detail"] = Detail.CATEGORIES
    if takes("consents", rights):
        wish["consents"] = tuple(dict.fromkeys(form.all("consents")))
    if takes("changes", rights):
        changes = ((field, form.one(f"to_{field}")) for field in Field)
        wish["changes"] = tuple({"field": field, "value": to} for field, to in changes if to)
    for name in ("about", "statement"):
        if takes(name, rights):
            wish[name] = form.one(name)
    return Wish(**wish)
