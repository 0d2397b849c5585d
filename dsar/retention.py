"""The retention schedule: what becomes of each category of data, for how long, and by what law."""

from datetime import date
from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator

from dsar.frozen import Frozen
from dsar.periods import Period, add
from dsar.records import Anchor


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


class Ground(StrEnum):
    """Who asks for a period."""

    STATUTE = "statute"
    CONTRACT = "contract"
    BUSINESS_CHOICE = "business_choice"
    """The company itself: never a reason to refuse a deletion."""


class Category(Frozen):
    """One line of the retention schedule.

    What is wrong with a field is said of that field, also where it is wrong only beside another: the file's line
    is found by it, and one reading finds every mistake.
    """

    on_deletion: OnDeletion
    keep: Period | None = Field(default=None, validate_default=True)
    anchor: Anchor = Anchor.CREATED
    ground: Ground | None = None
    """Who asks for `keep`."""
    basis: str = Field(default="", validate_default=True)
    """The law or contract, by its article; where a person is asked, what they have to weigh."""
    use_meanwhile: str = ""
    """The one thing that a record may be used for while it is retained (11 CCR 7022(f))."""
    purpose: str = ""
    """What the data is used for, as the answer to an access request says it (GDPR 15(1)(a))."""
    origin: str = ""
    """Where the data came from (GDPR 15(1)(g))."""
    recipients: tuple[str, ...] = ()
    """Who receives it, beside the vendors of the systems where it lives (GDPR 15(1)(c))."""
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

    @field_validator("keep")
    @classmethod
    def _retained_how_long(cls, keep: Period | None, info: ValidationInfo) -> Period | None:
        if keep is None and _retained(info):
            raise ValueError('a category that is retained needs `keep`: how long, for example "7 years"')
        return keep

    @field_validator("ground")
    @classmethod
    def _retained_by_whom(cls, ground: Ground | None, info: ValidationInfo) -> Ground | None:
        if ground is Ground.BUSINESS_CHOICE and _retained(info):
            raise ValueError(
                "the company's own choice is no ground to keep what a person wants deleted "
                '(Cal. Civ. Code 1798.105(d), GDPR 17(3)): name a statute or a contract, or set on_deletion = "erase"'
            )
        return ground

    @field_validator("basis")
    @classmethod
    def _retained_by_what_law(cls, basis: str, info: ValidationInfo) -> str:
        if not basis.strip() and _retained(info):
            raise ValueError("a category that is retained needs `basis`: by what law, with its article")
        return basis

    def kept_until(self, dates: dict[Anchor, date]) -> date | None:
        """The last day a record with these dates is kept; `None` when its anchor is not known."""
        start = dates.get(self.anchor)
        return add(start, self.keep) if start and self.keep else None


def _retained(info: ValidationInfo) -> bool:
    return info.data.get("on_deletion") is OnDeletion.RETAIN
