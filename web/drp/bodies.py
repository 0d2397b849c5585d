"""What an agent asks, and how it is asked here."""

import base64
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from dsar.agency import Agent, Permission
from dsar.requests import Regime, Right
from dsar.submission import Channel, Person, Submission
from dsar.wish import Detail, Wish
from ledger.facts import Fact
from web.drp import errors
from web.drp.errors import DrpProblem

_Version = Annotated[str, StringConstraints(pattern=r"^(0\.9|1)(\.[0-9]{1,3}){0,2}$")]

Asked = tuple[Right, Wish]

ACTIONS: dict[str, Asked] = {
    "deletion": (Right.DELETE, Wish()),
    "access": (Right.KNOW, Wish(detail=Detail.SPECIFIC)),
    "access:specific": (Right.KNOW, Wish(detail=Detail.SPECIFIC)),
    "access:categories": (Right.KNOW, Wish(detail=Detail.CATEGORIES)),
    "sale:opt-out": (Right.OPT_OUT, Wish()),
    "sale:opt_out": (Right.OPT_OUT, Wish()),
}
"""The actions that are carried out (3.01); `sale:opt-in` is none of them. Older versions write an underscore."""

VOLUNTARY: dict[str, Asked] = {"access": (Right.ACCESS, Wish())}
"""What a request that names no law means otherwise."""


class Exercise(BaseModel):
    """The signed claims of a request (2.01). Others than these may be there, and say nothing to us."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    version: _Version = Field(alias="drp.version")
    exercise: str = Field(max_length=40)
    regime: Literal["ccpa"] | None = None
    agent_request_id: str | None = Field(default=None, alias="agent-request-id", pattern=r"^[A-Za-z0-9._:-]{1,64}$")
    status_callback: str | None = None
    name: str | None = None
    email: str | None = None
    email_verified: bool = False
    phone_number: str | None = Field(default=None, pattern=r"^\+[1-9][0-9]{5,14}$")
    phone_number_verified: bool = False
    address: Any = None
    address_verified: bool = False
    power_of_attorney: str | None = None

    def submission(self, agent: str, signed: bytes) -> Submission:
        """As the desk takes it. What the agent `signed` stands in a permission's place: the protocol's assurance.

        Raises:
            DrpProblem: the action is not supported, or nobody can be found by what is given.
        """
        asked = ACTIONS.get(self.exercise)
        if asked is None:
            raise DrpProblem(errors.INVALID, "Unsupported rights action.", fatal=True)
        right, wish = asked if self.regime else VOLUNTARY.get(self.exercise, asked)
        try:
            person = Person(email=self.email, phone=self.phone_number, name=self.name)
        except ValidationError:
            raise DrpProblem(
                errors.INVALID, "An email is needed to find the person; name and phone_number come with it.", fatal=True
            ) from None
        return Submission(
            right=right,
            wish=wish,
            person=person,
            channel=Channel.AGENT,
            agent=Agent(name=agent.replace("_", " ").title()),
            permission=Permission(content=base64.b64encode(signed), media_type="application/json"),
            regime=Regime.US_CA if self.regime else None,
        )

    def evidence(self) -> dict[str, Fact]:
        """What the agent says that it verified: a claim, kept as one, that proves nothing here."""
        return {
            "claims_email_verified": self.email_verified,
            "claims_phone_verified": self.phone_number_verified,
            "claims_address_verified": self.address_verified,
            "claims_power_of_attorney": self.power_of_attorney is not None,
        }


def exercise(claims: dict[str, Any]) -> Exercise:
    """The claims as a request.

    Raises:
        DrpProblem: a field is not as the protocol, or we, need it. Names fields, never what is in them.
    """
    try:
        return Exercise.model_validate(claims)
    except ValidationError as error:
        known = {field.alias or name for name, field in Exercise.model_fields.items()}
        wrong = sorted({str(mistake["loc"][0]) for mistake in error.errors() if mistake["loc"]} & known)
    raise DrpProblem(errors.INVALID, f"These cannot be used as they are: {', '.join(wrong)}.", fatal=True)
