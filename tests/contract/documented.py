"""What a vendor documents in words only, written down as models, and what was said held against it.

For vendors that publish no description of their interface. Each `Call` names the page that it was read from; the models
are strict in what we send and in what the stand-in answers: a field that no page knows is a mistake.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tests.contract.recording import Exchange


class Documented(BaseModel):
    """A part of a request or an answer, with the fields that the vendor's page has, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True)
class Call:
    """One call: its method, its path as a template, and what goes each way."""

    page: str
    """The vendor's page that says so."""
    method: str
    path: str
    answers: Mapping[int, Any]
    """By status, the type of the body; `None` for none."""
    query: frozenset[str] = frozenset()
    body: Any = None
    """The type of the JSON body, or of the form's fields."""
    required: frozenset[str] = field(default_factory=frozenset)
    """The parameters that a request cannot lack."""

    def is_of(self, exchange: Exchange) -> bool:
        """Whether this exchange is such a call."""
        return self.method == exchange.method and bool(
            re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(self.path)), exchange.path)
        )

    def mistakes(self, exchange: Exchange) -> list[str]:
        """All that the page does not know, or knows otherwise."""
        found = [f"?{name} is not documented" for name in sorted(exchange.query - self.query)]
        found += [f"?{name} is missing" for name in sorted(self.required - exchange.query)]
        found += _misshapen(self.body, exchange.form or exchange.body, "sent")
        if exchange.status not in self.answers:
            return [*found, f"{exchange.status} is no answer of it"]
        return found + _misshapen(self.answers[exchange.status], exchange.answer, "answered")


def mistakes(calls: Iterable[Call], said: Iterable[Exchange]) -> list[str]:
    """All that is wrong with what was said; nothing, if it is as documented."""
    found: list[str] = []
    for exchange in said:
        name = f"{exchange.method} {exchange.path}"
        call = next((each for each in calls if each.is_of(exchange)), None)
        found += [f"{name}: {wrong}" for wrong in (call.mistakes(exchange) if call else ["no such call"])]
    return found


def _misshapen(expected: Any, given: Any, way: str) -> list[str]:
    if expected is None:
        return [] if given is None else [f"{way} a body where there is none"]
    try:
        TypeAdapter(expected).validate_python(given)
    except ValidationError as error:
        return [f"{way} {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
    return []
