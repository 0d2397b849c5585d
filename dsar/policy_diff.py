"""What another policy would change, in words. Nothing that differs is passed over."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from dsar.frozen import Frozen
from dsar.policy import Category, Policy, Promise
from dsar.policy_words import said

Name = TypeVar("Name", bound=str)


class Change(Frozen):
    """One thing that would be different."""

    about: str
    """`category "contracts"`."""
    words: str
    """A whole sentence, without its full stop."""


PHRASES: dict[str, str] = {
    # A category.
    "on_deletion": "would, when a deletion is asked for, be: {}",
    "keep": "would be kept for: {}",
    "anchor": "would be kept from: {}",
    "ground": "would be kept so long because of: {}",
    "basis": "would have as its basis: {}",
    "use_meanwhile": "would, while it is retained, be used for: {}",
    "purpose": "would be used for: {}",
    "origin": "would come from: {}",
    "recipients": "would be received by: {}",
    "systems": "would be looked for in: {}",
    "sensitive": "would count as sensitive: {}",
    "shared": "would count as sold or shared: {}",
    "marketing": "would count as direct marketing: {}",
    "consent": "would rest on the consent: {}",
    "on_expiry": "would, when its time is over, be: {}",
    # A right, a consent, the principle.
    "proof": "would need as proof: {}",
    "proof_categories": "would need as proof, for the categories alone: {}",
    "proof_sensitive": "would need as proof, where it could do much harm: {}",
    "source": "would be promised by: {}",
    "words": "would read: {}",
    # The terms.
    "warn_days_left": "would warn, in days before the safe date: {}",
    "code_attempts": "would allow so many attempts a code: {}",
    "codes": "would allow so many codes: {}",
    "hold_before_erasure": "would wait before erasing: {}",
    "approve_above_records": "would ask a person above so many records in a system: {}",
    "approve_every_erasure": "would ask a person before every erasure: {}",
    "two_people": "would keep who entered an erasure from approving it: {}",
    "link_valid": "would let a download link live for: {}",
    "recheck_correction": "would look at a correction again after: {}",
    "cooling_off": "would hold a copy after the address was changed for: {}",
    "pause_for_proof": "would let the legal date wait for proof where some authorities accept it: {}",
    # What proves more than a code.
    "points": "would be proved by: {}",
    "attempts": "could be proved, of one mailbox in 45 days, so many times: {}",
    "invoices": "would be proved by the month of the newest record of: {}",
    "projects": "would be proved by the name of a record of: {}",
    # The controller, the people, the regimes.
    "privacy_lead": "would wake first: {}",
    "deputy": "would wake next: {}",
    "regime": "would answer, unless a request names its own law, by: {}",
    "region": "would keep the holidays of: {}",
    "zone": "would mean dates in: {}",
    "contact": "would be reached at: {}",
    "name": "would be called: {}",
    "accepted": "could name these laws: {}",
    # What every copy says.
    "automated_decisions": "would say of decisions by automated means: {}",
    "transfers": "would say of data in other countries: {}",
}
"""How the change of a field is said."""


def changes(old: Policy, new: Policy) -> tuple[Change, ...]:
    """What would be different under the new policy; empty exactly when both say the same."""
    return (
        *_fields("the controller", old.controller, new.controller),
        *_fields("requests", old.terms, new.terms, besides="people"),
        *_fields("requests", old.terms.people, new.terms.people),
        *_fields("requests", old.regimes, new.regimes),
        *_fields("requests", old.proving, new.proving),
        *_entries("right", old.rights, new.rights),
        *_one("the principle of non-discrimination", old.non_discrimination, new.non_discrimination),
        *_fields("an answer to an access request", old.disclosures, new.disclosures),
        *_entries("consent", old.consents, new.consents),
        *_entries("category", old.categories, new.categories),
    )


def _entries(kind: str, old: Mapping[Name, Frozen], new: Mapping[Name, Frozen]) -> Iterator[Change]:
    """The entries of one table, in the order of the new policy, what is gone last."""
    for name in (*new, *(name for name in old if name not in new)):
        yield from _one(f'{kind} "{name}"', old.get(name), new.get(name))


def _one(about: str, old: Frozen | None, new: Frozen | None) -> Iterator[Change]:
    if old and new:
        yield from _fields(about, old, new)
    elif new:
        yield Change(about=about, words=f"{about} would be new{_in_short(new)}")
    elif isinstance(old, Category):
        yield Change(about=about, words=f"{about} would be unknown: a person would decide on each record of it")
    elif old:
        yield Change(about=about, words=f"{about} would no longer be mentioned")


def _in_short(new: Frozen) -> str:
    match new:
        case Category():
            return f": when a deletion is asked for, {said(new.on_deletion)}; kept for: {said(new.keep)}"
        case Promise():
            return f": proof needed: {said(new.proof)}"
        case _:
            return ""


def _fields(about: str, old: Frozen, new: Frozen, besides: str = "") -> Iterator[Change]:
    for field in (field for field in type(new).model_fields if field != besides):
        before, after = getattr(old, field), getattr(new, field)
        if before != after:
            phrase = PHRASES.get(field, f"would have as {field.replace('_', ' ')}: {{}}")
            yield Change(about=about, words=f"{about} {phrase.format(said(after))} (now: {said(before)})")
