"""Who stands there when it is not simply the person: an authorised agent, an attorney in fact, a parent, a guardian."""

import hashlib
import re
from enum import StrEnum

from pydantic import Base64Bytes, Field, field_validator, model_validator

from dsar.frozen import Frozen

LARGEST_DOCUMENT = 5 * 1024 * 1024
"""Bytes of a permission: a few pages, scanned."""

_ADDRESS = re.compile(r"[@:/\\]|\w\.\w{2}")
"""What a mail program would make a link of: a stranger's name stands in our letter to the person."""


class Basis(StrEnum):
    """What somebody acts on for the person."""

    PERMISSION = "permission"
    """An authorised agent, with permission that the person signed (11 CCR 7063(a))."""
    POWER_OF_ATTORNEY = "power_of_attorney"
    """Under Probate Code 4121 to 4130 (11 CCR 7063(b)). Nobody is asked to have one."""
    PARENT = "parent"
    GUARDIAN = "guardian"
    """Of a child, as a parent is (11 CCR 7070, 7071)."""


class Age(StrEnum):
    """How old a child is, as California's rules tell them apart."""

    UNDER_13 = "under_13"
    """A parent or guardian decides (Cal. Civ. Code 1798.120(c), 11 CCR 7070)."""
    FROM_13_TO_15 = "13_to_15"
    """Opts in to a sale or sharing themselves (11 CCR 7071)."""
    FROM_16_TO_17 = "16_to_17"


OF_A_CHILD = frozenset({Basis.PARENT, Basis.GUARDIAN})
BY_DOCUMENT = OF_A_CHILD | {Basis.POWER_OF_ATTORNEY}
"""Where a human looks first, and never a rule alone."""


class Agent(Frozen):
    """Who makes a request for the person, as they say. Personal data: sealed with the case."""

    basis: Basis = Basis.PERMISSION
    name: str = Field(min_length=1, max_length=80)
    email: str | None = Field(default=None, max_length=254)
    """Where the answer goes, if the permission says so."""
    answer_to_agent: bool = False
    """The permission says that the answer goes to the agent. Otherwise the person has it."""
    child: Age | None = None
    """A child's age: for a parent or guardian."""

    @field_validator("name")
    @classmethod
    def _no_address(cls, value: str) -> str:
        text = " ".join(value.split())
        if not text or not text.isprintable() or _ADDRESS.search(text):
            raise ValueError("must be a plain name, without any address in it: the person reads it in our letter")
        return text

    @field_validator("email")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        text = value.strip()
        local, at, domain = text.rpartition("@")
        if not (at and local and "." in domain and text.isprintable()) or any(c.isspace() for c in text):
            raise ValueError("is not an email address")
        return text

    @model_validator(mode="after")
    def _fits(self) -> "Agent":
        if (self.basis in OF_A_CHILD) is not (self.child is not None):
            raise ValueError("`child`, their age, is for a parent or guardian, who cannot do without it")
        if self.answer_to_agent and not self.email:
            raise ValueError("an answer to the agent needs the agent's email")
        return self

    @property
    def by_document(self) -> bool:
        """Whether a human has to look at what they act on before anything else."""
        return self.basis in BY_DOCUMENT


class Permission(Frozen):
    """The document: what the person signed, or what a protocol gives in its place."""

    content: Base64Bytes
    """Base64 in JSON."""
    media_type: str = Field(default="application/octet-stream", max_length=100, pattern=r"^[a-z]+/[a-z0-9.+-]+$")

    @field_validator("content")
    @classmethod
    def _can_be_kept(cls, value: bytes) -> bytes:
        if not 0 < len(value) <= LARGEST_DOCUMENT:
            raise ValueError(f"must have something in it, and no more than {LARGEST_DOCUMENT:,} bytes")
        return value

    @property
    def digest(self) -> str:
        """SHA-256, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class Word(Frozen):
    """What the person says of the permission, by the link in our letter: it works once."""

    token: str = Field(max_length=100)
    given: bool
    """False: they gave none, and the request is a fraud."""
    answer_to_agent: bool = False
    """The answer goes to the agent, as the permission says."""


CHECKS: dict[Age, str] = {
    Age.UNDER_13: (
        "The child is under 13. Make sure that this is the parent or guardian in one of the ways of 11 CCR 7070(a)(2): "
        "a consent form signed under penalty of perjury; a payment that is noticed by the account's holder; a call or "
        "a video call with somebody trained for it; in person; or a government id, compared and deleted at once. "
        "Keep no copy of any id."
    ),
    Age.FROM_13_TO_15: (
        "The child is 13 to 15: they use their rights themselves, and only they can opt in to a sale or sharing "
        "(11 CCR 7071). A parent or guardian acts for them with the child's permission, or where another law gives it "
        "to them: make sure of both, who they are and that they may."
    ),
    Age.FROM_16_TO_17: (
        "The person is 16 or 17 and uses their rights themselves. A parent or guardian acts for them with their "
        "permission, or where another law gives it to them: make sure of both, who they are and that they may."
    ),
}

ATTORNEY = (
    "Look at the power of attorney: is it signed by the person, by Probate Code 4121 to 4130 (dated, signed, and "
    "notarised or before two witnesses), does it cover this, and does the agent's name stand in it? The person was "
    "written to and need not prove anything themselves (11 CCR 7063(b))."
)


ACTS: dict[Basis, str] = {
    Basis.PERMISSION: "with a permission that the person signed",
    Basis.POWER_OF_ATTORNEY: "under a power of attorney",
    Basis.PARENT: "as the child's parent",
    Basis.GUARDIAN: "as the child's guardian",
}


def check_of(agent: Agent, request_id: str) -> str:
    """What a human is asked to look at, of a document or of a guardianship. Names the agent."""
    words = CHECKS[agent.child] if agent.child else ATTORNEY
    otherwise = "it is denied, with reasons" if agent.child else "the person is asked for a code instead"
    return (
        f"{agent.name} acts {ACTS[agent.basis]}.\n{words}\n"
        f"Read the document that came with it:  python starter.py permission {request_id} --read FILE\n"
        f"Keep one that came later:  python starter.py permission {request_id} --keep FILE --by NAME\n"
        f"done = they may, and the request goes on; not_found or exception = {otherwise}."
    )
