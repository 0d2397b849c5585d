"""The company's promises as data: policy.toml, read once, pinned by its digest in every request it decides."""

import hashlib
import tomllib
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from pydantic import Field, ValidationError, field_validator, model_validator

from dsar.clock_sheet import Source
from dsar.frozen import Frozen
from dsar.periods import Period, add
from dsar.records import Anchor
from dsar.requests import Regime, Right


class PolicyError(ValueError):
    """policy.toml cannot be followed as it stands: what is wrong, and where."""


class Controller(Frozen):
    """Who answers for the data."""

    name: str
    contact: str
    zone: str
    regime: Regime
    """The regime of a request that does not say its own."""
    region: str | None = None


class People(Frozen):
    """Who is asked and woken, in this order."""

    privacy_lead: str
    deputy: str


class Terms(Frozen):
    """How requests are carried out. Pinned in each request when it starts."""

    warn_days_left: tuple[int, ...] = (30, 15, 7, 3, 1)
    code_attempts: int = Field(default=5, ge=1)
    codes: int = Field(default=3, ge=1)
    """How many codes one request may ask for."""
    hold_before_erasure: timedelta = timedelta(hours=24)
    """The last chance to cancel: nothing irreversible happens before it has passed."""
    approve_above_records: int = Field(default=1_000, ge=1)
    """More records than this in one system: a person looks first."""
    approve_every_erasure: bool = False
    link_valid: timedelta = timedelta(days=14)
    recheck_correction: timedelta = timedelta(days=30)
    """When it is looked whether what was corrected stayed so: a later sync can bring the old value back."""
    people: People

    @field_validator("hold_before_erasure", "link_valid")
    @classmethod
    def _not_negative(cls, value: timedelta) -> timedelta:
        if value < timedelta(0):
            raise ValueError("must not be negative")
        return value


class OnDeletion(StrEnum):
    """What becomes of a category's records when a person asks for deletion."""

    ERASE = "erase"
    RETAIN = "retain"
    """Kept until its period is over, then erased: needs a basis in law."""
    ASK = "ask"
    """A person decides, record by record."""


class OnExpiry(StrEnum):
    """What the sweep does with a record whose retention period is over, without anybody having asked."""

    KEEP = "keep"
    PROPOSE = "propose"
    """A person is asked first."""
    ERASE = "erase"


class Category(Frozen):
    """One line of the retention schedule."""

    on_deletion: OnDeletion
    keep: Period | None = None
    anchor: Anchor = Anchor.CREATED
    basis: str = ""
    purpose: str = ""
    """What the data is used for, as the answer to an access request says it (GDPR 15(1)(a))."""
    systems: tuple[str, ...] = ()
    """The entries of systems.toml where it lives."""
    sensitive: bool = False
    """May reveal health, religion and the like (Cal. Civ. Code 1798.140(ae)): what a request to limit is about."""
    shared: bool = False
    """Sold, or shared for advertising across contexts (Cal. Civ. Code 1798.120): what an opt-out is about."""
    marketing: bool = False
    """Used for direct marketing: an objection to that is absolute (GDPR 21(3))."""
    consent: str = ""
    """The entry of `[consents]` that it is used by; taken back, the use ends (GDPR 7(3))."""
    on_expiry: OnExpiry = OnExpiry.PROPOSE

    @model_validator(mode="after")
    def _a_lock_needs_its_law(self) -> "Category":
        if self.on_deletion is OnDeletion.RETAIN and not (self.basis and self.keep):
            raise ValueError("a category that is retained needs `keep` (how long) and `basis` (by what law)")
        return self

    def kept_until(self, dates: dict[Anchor, date]) -> date | None:
        """The last day a record with these dates is kept; `None` when its anchor is not known."""
        start = dates.get(self.anchor)
        return add(start, self.keep) if start and self.keep else None


class Demand(StrEnum):
    """How surely we must know who asks."""

    NONE = "none"
    CODE = "code"
    """A code sent to the address on file."""


class Promise(Frozen):
    """One right, as the company offers it."""

    proof: Demand = Demand.CODE
    source: Source = Source.STATUTE
    words: str = ""
    """As the privacy policy says it."""


class Consent(Frozen):
    """One thing that people agree to, and can take back."""

    words: str
    """What it is for, as the person reads it: `sending you the newsletter`."""


class Policy(Frozen):
    """The whole of policy.toml."""

    controller: Controller
    terms: Terms
    rights: dict[Right, Promise] = Field(default_factory=dict)
    consents: dict[str, Consent] = Field(default_factory=dict)
    categories: dict[str, Category]

    @cached_property
    def digest(self) -> str:
        """The version that a request pins: a hash of what the policy says, not of how it is written."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]


def parse_policy(text: str) -> Policy:
    """Read policy.toml's text.

    Raises:
        PolicyError: the text is not TOML, or says something that cannot be followed; one line for each mistake.
    """
    try:
        return Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"policy.toml is not valid TOML: {error}") from None
    except ValidationError as error:
        mistakes = [f"[{'.'.join(map(str, e['loc']))}] {e['msg']}" for e in error.errors()]
        raise PolicyError("policy.toml cannot be followed:\n  " + "\n  ".join(mistakes)) from None
