"""What a controller asks, and how it is asked here."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dsar.requests import Regime, Right
from dsar.submission import Channel, Person, Submission
from web.opendsr import errors
from web.partners import OpenDsrController
from web.problems import Mistake, Problem

VERSION = "2.0"

SKEW = timedelta(minutes=5)
"""How far a controller's clock may be ahead of ours; what was submitted then was submitted now."""

UUID4 = r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

IDENTITY_TYPES = (
    "controller_customer_id", "email", "android_advertising_id", "android_id", "fire_advertising_id",
    "ios_advertising_id", "ios_vendor_id", "microsoft_advertising_id", "microsoft_publisher_id",
    "roku_publisher_id", "roku_advertising_id",
)  # fmt: skip
"""All that the specification knows; of these, `SUPPORTED` find somebody here."""

SUPPORTED = {"email": "email", "controller_customer_id": "customer_id"}

RIGHTS = {"access": Right.ACCESS, "portability": Right.PORTABILITY, "erasure": Right.DELETE}


def _moment(text: str) -> str:
    """RFC 3339, in a year that a clock can count in."""
    try:
        known = bool(_RFC3339.fullmatch(text)) and 2000 <= datetime.fromisoformat(text.upper()).year <= 2100
    except ValueError:
        known = False
    if not known:
        raise ValueError("must be a time as RFC 3339 has it: 2026-05-05T10:00:00Z")
    return text.upper()


class _Read(BaseModel):
    """Strict in what it knows, open to what it does not."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, strict=True)


class SubjectIdentity(_Read):
    """One thing that the person is known by."""

    identity_type: str = Field(max_length=64)
    identity_value: str = Field(min_length=1, max_length=254)
    identity_format: Literal["raw", "sha1", "md5", "sha256"]


class DsrRequest(_Read):
    """The body of `POST /requests`."""

    regulation: Literal["gdpr", "ccpa"]
    subject_request_id: str = Field(pattern=UUID4)
    subject_request_type: Literal["access", "portability", "erasure"]
    submitted_time: Annotated[str, AfterValidator(_moment)]
    subject_identities: list[SubjectIdentity] = Field(min_length=1, max_length=20)
    api_version: Annotated[str, StringConstraints(pattern=r"^2(\.[0-9]{1,3}){0,2}$")] | None = None
    status_callback_urls: list[str] = Field(default_factory=list, max_length=5)
    extensions: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Ours are none: those of other processors are passed over, as the specification's example has them."""

    def submission(self, controller: OpenDsrController, home: Regime, now: datetime) -> Submission:
        """As the desk takes it.

        Args:
            controller: who sends it.
            home: the regime of the policy.
            now: the time.

        Raises:
            Problem: an identity is of a kind that finds nobody here.
        """
        submitted = datetime.fromisoformat(self.submitted_time)
        return Submission(
            right=RIGHTS[self.subject_request_type],
            person=self._person(controller),
            channel=Channel.OPENDSR,
            regime=Regime.US_CA if self.regulation == "ccpa" else (Regime.UK if home is Regime.UK else Regime.EU),
            received=now if now < submitted <= now + SKEW else submitted,
        )

    def _person(self, controller: OpenDsrController) -> Person:
        found: dict[str, str] = {}
        for number, identity in enumerate(self.subject_identities):
            pointer = f"#/subject_identities/{number}"
            kind = SUPPORTED.get(identity.identity_type)
            if kind is None or (kind == "customer_id" and not controller.customer_ids):
                known = identity.identity_type in IDENTITY_TYPES
                raise _invalid(f"{pointer}/identity_type", "is not supported" if known else "is not an identity type")
            if identity.identity_format != "raw":
                raise _invalid(f"{pointer}/identity_format", "is not supported: nobody is found by a hash here")
            if found.setdefault(kind, identity.identity_value) != identity.identity_value:
                raise _invalid(pointer, "is a second value of its type: send one request for each")
        try:
            return Person(**found)
        except ValidationError:
            raise _invalid("#/subject_identities", "hold a value that is none of its type") from None


def parsed(body: bytes) -> DsrRequest:
    """A body as a request.

    Raises:
        Problem: it is not JSON, or not this. Names fields, never what is in them.
    """
    try:
        return DsrRequest.model_validate_json(body)
    except ValidationError as error:
        mistakes = error.errors(include_url=False, include_input=False, include_context=False)
    if mistakes[0]["type"] == "json_invalid":
        raise Problem(errors.INVALID, "The body is not one JSON object, in UTF-8.")
    named = {_pointer(each["loc"]): str(each["msg"]).removeprefix("Value error, ") for each in mistakes}
    raise Problem(errors.INVALID, mistakes=[Mistake(pointer=at, detail=detail) for at, detail in named.items()])


def _pointer(location: tuple[int | str, ...]) -> str:
    fields = {*DsrRequest.model_fields, *SubjectIdentity.model_fields}
    steps = list(location)
    while steps and isinstance(steps[-1], str) and steps[-1] not in fields:
        steps.pop()
    if location[:1] == ("extensions",):
        steps = steps[:1]
    return "#" + "".join(f"/{step}" for step in steps)


def _invalid(pointer: str, detail: str) -> Problem:
    return Problem(errors.INVALID, mistakes=[Mistake(pointer=pointer, detail=detail)])
