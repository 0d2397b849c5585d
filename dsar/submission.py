"""A request as it comes in, from whichever door: checked before anything is started."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from dsar.agency import Agent, Basis, Permission
from dsar.correction import Field as Changed
from dsar.frozen import Frozen
from dsar.identity import Identifier, Identity, Key, normalise
from dsar.policy import UNPROVEN
from dsar.requests import Regime, Right
from dsar.staff import StaffName
from dsar.wish import Wish


class Channel(StrEnum):
    """How the request reached us."""

    WEBHOOK = "webhook"
    WEB = "web"
    EMAIL = "email"
    POST = "post"
    PHONE = "phone"
    STAFF = "staff"
    OPENDSR = "opendsr"
    """From another company whose processor we are, by OpenDSR."""
    AGENT = "agent"
    """From an authorised agent, by the Data Rights Protocol."""


def is_address(text: str) -> bool:
    """Whether it could be an email address. No more is asked of one: the code that is mailed there says the rest."""
    local, at, domain = text.rpartition("@")
    return bool(at and local) and "." in domain and not any(c.isspace() for c in text)


class Person(Frozen):
    """What the request says of who asks. At least one thing that can be looked up is needed; a name is not enough."""

    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=32)
    name: str | None = Field(default=None, max_length=200)
    customer_id: str | None = Field(default=None, max_length=128)
    client_id: str | None = Field(default=None, max_length=128)
    user_id: str | None = Field(default=None, max_length=128)
    social_account: str | None = Field(default=None, max_length=200)
    """The network and the account there: `instagram:ada.l`."""

    @field_validator("*")
    @classmethod
    def _one_line_of_text(cls, value: str | None) -> str | None:
        if value is None:
            return None
        text = value.strip()
        if not text or not text.isprintable():
            raise ValueError("must be one line of text, or left out")
        return text

    @field_validator("email")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is not None and not is_address(value):
            raise ValueError("is not an email address")
        return value

    @field_validator("social_account")
    @classmethod
    def _an_account_of_a_network(cls, value: str | None) -> str | None:
        network, colon, account = (value or "x:x").partition(":")
        if not (network.strip().isalpha() and colon and account.strip()):
            raise ValueError("give the network and the account, as instagram:ada.l")
        return value

    @model_validator(mode="after")
    def _can_be_looked_up(self) -> "Person":
        if not (self.email or self.customer_id or self.client_id or self.user_id):
            raise ValueError("give an email, customer_id, client_id or user_id: a name or a phone alone finds nobody")
        return self

    def identity(self) -> Identity:
        """What is known of the person, as identifiers given by the request."""
        given = self.model_dump(exclude_none=True)
        return Identity(identifiers=tuple(Identifier(kind=Key(kind), value=value) for kind, value in given.items()))


NEEDS: dict[Right, tuple[str, ...]] = {
    Right.WITHDRAW: ("consents",),
    Right.CORRECT: ("changes",),
    Right.APPEAL: ("about", "statement"),
    Right.COMPLAINT: ("statement",),
}
"""What a right cannot be asked for without."""

SAID_WITH: dict[str, tuple[Right, ...]] = {
    "consents": (Right.WITHDRAW,),
    "changes": (Right.CORRECT,),
    "about": (Right.APPEAL,),
    "statement": (Right.CORRECT, Right.OBJECT, Right.RESTRICT, Right.APPEAL, Right.COMPLAINT),
}
"""What says nothing to any other right: given all the same, it is a mistake, and would be lost."""


class Submission(Frozen):
    """What the person asks for: one right, or several at once. Each of them has its own clock."""

    right: Right | None = None
    rights: tuple[Right, ...] = Field(default=(), max_length=len(Right))
    """Several at once, instead of `right`."""
    person: Person
    wish: Wish = Wish()
    agent: Agent | None = None
    """Who asks for the person. `None`: the person."""
    permission: Permission | None = None
    """The agent's document: sealed as it is, and never a part of what the engine carries."""
    channel: Channel = Channel.STAFF
    entered_by: StaffName = ""
    """Who of our own people entered it for the person; empty: it came by itself."""
    regime: Regime | None = None
    """`None`: the policy's own."""
    region: str | None = Field(default=None, max_length=16, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
    zone: str | None = Field(default=None, max_length=64)
    """The person's time zone, where it is known: the earlier local date counts."""
    received: datetime | date | None = None
    """When it reached us, when that was before now (a letter)."""
    dry_run: bool = False
    """Only find and plan; nobody is written to, nothing is changed."""

    @property
    def asked(self) -> tuple[Right, ...]:
        """The rights that are asked for, each once."""
        return (self.right,) if self.right else tuple(dict.fromkeys(self.rights))

    @model_validator(mode="after")
    def _asks_for_something(self) -> "Submission":
        if bool(self.right) == bool(self.rights):
            raise ValueError("give `right`, or several as `rights`")
        for right in self.asked:
            for name in NEEDS.get(right, ()):
                if not getattr(self.wish, name):
                    raise ValueError(f"a request to {right} needs wish.{name}")
        for name, rights in SAID_WITH.items():
            if getattr(self.wish, name) and not set(rights) & set(self.asked):
                raise ValueError(f"wish.{name} is for {', '.join(rights)} only")
        return self

    @model_validator(mode="after")
    def _corrects_an_address_to_one(self) -> "Submission":
        if any(change.field is Changed.EMAIL and not is_address(change.value.strip()) for change in self.wish.changes):
            raise ValueError("wish.changes: what the email should be is not an email address")
        return self

    @model_validator(mode="after")
    def _agent_is_not_the_person(self) -> "Submission":
        agent = self.agent
        if agent is None:
            if self.permission:
                raise ValueError("`permission` is an agent's: say who the `agent` is")
            return self
        if agent.email and self.person.email and _same(agent.email, self.person.email):
            raise ValueError(
                "person.email is the person's own address, and agent.email the agent's: these are the same"
            )
        if agent.basis is Basis.PERMISSION and UNPROVEN & set(self.asked) and not self.permission:
            raise ValueError(
                "an agent's opt-out or limit needs the `permission` that the person signed, and nothing else"
            )
        return self


def _same(one: str, other: str) -> bool:
    return normalise(Key.EMAIL, one) == normalise(Key.EMAIL, other)
