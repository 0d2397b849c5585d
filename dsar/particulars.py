"""What the law wants said beside a copy: of each category of data, and of all of it.

Sources: GDPR 15(1), (2); Cal. Civ. Code 1798.110(a), (c), 1798.130(a)(5). Only what the policy knows: who has
received the data is known from where it was found.
"""

from dsar.frozen import Frozen
from dsar.policy import Category, OnDeletion, Policy
from dsar.policy_words import kept
from dsar.requests import Regime


class Particulars(Frozen):
    """What is said of one category."""

    purpose: str
    origin: str
    recipients: tuple[str, ...]
    """Beside the vendors of the systems where it was found."""
    kept: str
    """How long, or by what that is decided (GDPR 15(1)(d))."""
    shared: bool
    """Sold, or shared for advertising (Cal. Civ. Code 1798.115)."""
    sensitive: bool


def particulars(policy: Policy) -> dict[str, Particulars]:
    """What is said of each category of the policy."""
    return {
        name: Particulars(
            purpose=category.purpose,
            origin=category.origin,
            recipients=category.recipients,
            kept=_kept(category),
            shared=category.shared,
            sensitive=category.sensitive,
        )
        for name, category in policy.categories.items()
    }


def statements(policy: Policy, regime: Regime) -> tuple[str, ...]:
    """What is said of all of it, a sentence each."""
    beside = policy.disclosures
    sold = "" if regime is not Regime.US_CA else _sold(policy)
    return tuple(each for each in (beside.automated_decisions, beside.transfers, sold) if each)


def _kept(category: Category) -> str:
    if not category.keep:
        if category.consent:
            return "until you take back your consent or ask us to erase it"
        return "as long as it is used for that, or until you ask us to erase it"
    period = kept(category.keep, category.anchor)
    return f"{period}, because of {category.basis}" if category.on_deletion is OnDeletion.RETAIN else period


def _sold(policy: Policy) -> str:
    """Cal. Civ. Code 1798.130(a)(5)(C): what is sold or shared, or that nothing is."""
    shared = [name for name, category in policy.categories.items() if category.shared]
    if not shared:
        return "We have sold no personal data in the last 12 months, and shared none for advertising."
    return (
        f"In the last 12 months we may have shared, for advertising across sites: {', '.join(shared)}. You can opt out."
    )
