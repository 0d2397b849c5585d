"""The company's promises as data: policy.toml, read once, pinned by its digest in every request it decides."""

import hashlib
from datetime import timedelta
from functools import cached_property
from typing import Annotated

from pydantic import Field, field_validator

from dsar.clock_sheet import Source
from dsar.data_points import Point
from dsar.frozen import Frozen
from dsar.proof_levels import Demand
from dsar.requests import Regime, Right
from dsar.retention import Category, Ground, OnDeletion, OnExpiry
from dsar.zones import named

__all__ = [
    "UNPROVEN", "Category", "Consent", "Controller", "Demand", "Disclosures", "Ground", "OnDeletion", "OnExpiry",
    "People", "Policy", "Principle", "Promise", "Proving", "Regimes", "Terms",
]  # fmt: skip

UNPROVEN = frozenset({Right.OPT_OUT, Right.LIMIT})
"""The rights that may not wait for proof of who asks (11 CCR 7026(d), 7027): whoever asks is believed."""

LONGEST_COOLING_OFF = timedelta(days=100)
"""That an address was changed is forgotten then: with every extension, a copy is due within three months (GDPR 12(3);
90 days under Cal. Civ. Code 1798.130(a)(2))."""


class Controller(Frozen):
    """Who answers for the data."""

    name: str
    contact: str
    zone: str
    regime: Regime
    """The regime of a request that does not say its own."""
    region: str | None = None

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        named(zone)
        return zone


class People(Frozen):
    """Who is asked and woken, in this order."""

    privacy_lead: str
    deputy: str


class Terms(Frozen):
    """How requests are carried out. Pinned in each request when it starts."""

    warn_days_left: tuple[Annotated[int, Field(ge=0)], ...] = (30, 15, 7, 3, 1)
    code_attempts: int = Field(default=5, ge=1)
    codes: int = Field(default=3, ge=1)
    """How many codes one request may ask for."""
    hold_before_erasure: timedelta = timedelta(hours=24)
    """The last chance to cancel: nothing irreversible happens before it has passed."""
    approve_above_records: int = Field(default=1_000, ge=1)
    """More records than this in one system: a person looks first."""
    approve_every_erasure: bool = False
    two_people: bool = False
    """Whoever entered an erasure for somebody may not be the one who approves it, or vouches for the person."""
    link_valid: timedelta = timedelta(days=14)
    recheck_correction: timedelta = timedelta(days=30)
    """When it is looked whether what was corrected stayed so: a later sync can bring the old value back."""
    cooling_off: timedelta = timedelta(days=14)
    """How long a copy is held after the person's address was corrected, while there is time to answer."""
    pause_for_proof: bool = True
    """Whether the legal date waits for proof where that is only a practice (EU). The safe date never does."""
    people: People

    @field_validator("hold_before_erasure", "link_valid", "recheck_correction", "cooling_off")
    @classmethod
    def _not_negative(cls, value: timedelta) -> timedelta:
        if value < timedelta(0):
            raise ValueError("must not be negative")
        return value


class Promise(Frozen):
    """One right, as the company offers it."""

    proof: Demand = Demand.CODE
    proof_categories: Demand | None = None
    """KNOW: where only the categories are asked for (11 CCR 7062(b)); `None`: as `proof`."""
    proof_sensitive: Demand | None = None
    """Where it could do much harm to do it for somebody else (11 CCR 7062(d)): DELETE, where the policy keeps anything
    sensitive of anybody; CORRECT, of what the person is reached by. `None`: as `proof`.

    It never depends on what is held of this person: the question itself would tell.
    """
    source: Source = Source.STATUTE
    words: str = ""
    """As the privacy policy says it."""


class Proving(Frozen):
    """What is asked of whoever has to prove more than that they read the mail at the address on file."""

    points: tuple[Point, ...] = tuple(Point)
    """What may be asked for; of the things that stand under many a mail, all together count once."""
    attempts: int = Field(default=3, ge=1)
    """How often whoever reads one mailbox may tell us what we hold, in 45 days, with all requests together."""
    invoices: str = ""
    """The category whose newest record is the last invoice; empty: its month proves nothing."""
    projects: str = ""
    """The category whose records are called by a project's name; empty: it proves nothing."""


class Principle(Frozen):
    """What holds without being asked for: nobody is treated worse for using a right (Cal. Civ. Code 1798.125)."""

    source: Source = Source.STATUTE
    words: str


class Consent(Frozen):
    """One thing that people agree to, and can take back."""

    words: str
    """What it is for, as the person reads it: `sending you the newsletter`."""


class Regimes(Frozen):
    """Whose rules requests are taken in under."""

    accepted: tuple[Regime, ...] = tuple(Regime)


class Disclosures(Frozen):
    """What every answer to an access request says, whatever was found (GDPR 15(1)(h), (2)); empty: it is not said."""

    automated_decisions: str = "We take no decisions about you by automated means alone."
    transfers: str = (
        "Where a vendor keeps data in another country, its contract with us holds the safeguards that the law asks "
        "for; write to us for a copy."
    )


class Policy(Frozen):
    """The whole of policy.toml."""

    controller: Controller
    terms: Terms
    regimes: Regimes = Regimes()
    proving: Proving = Proving()
    rights: dict[Right, Promise] = Field(default_factory=dict)
    non_discrimination: Principle | None = None
    disclosures: Disclosures = Disclosures()
    consents: dict[str, Consent] = Field(default_factory=dict)
    categories: dict[str, Category]

    @cached_property
    def digest(self) -> str:
        """The version that a request pins: a hash of what the policy says, not of how it is written."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:32]
