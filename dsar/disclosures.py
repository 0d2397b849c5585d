"""What a copy must say beside the data itself: how long it is kept, who receives it, what the person can do next.

Sources: GDPR 15(1)(a)-(f); Cal. Civ. Code 1798.110, 1798.105, 1798.106, 1798.125. Only what policy and data map know.
"""

from collections.abc import Iterable

from dsar.policy import Category, Controller, OnDeletion, Policy
from dsar.records import Anchor
from dsar.requests import Regime

_SINCE: dict[Anchor, str] = {
    Anchor.CREATED: "it was created",
    Anchor.LAST_INTERACTION: "our last contact",
    Anchor.PROJECT_COMPLETED: "the project was completed",
    Anchor.CONTRACT_ENDED: "the contract ended",
}

_AUTHORITY: dict[Regime, str] = {
    Regime.US_CA: "the California Privacy Protection Agency (cppa.ca.gov) or the Attorney General",
    Regime.UK: "the Information Commissioner's Office (ico.org.uk)",
    Regime.BR: "the ANPD (gov.br/anpd)",
    Regime.CA: "the Office of the Privacy Commissioner of Canada (priv.gc.ca)",
    Regime.US_VA: "the Attorney General of Virginia",
    Regime.US_CO: "the Attorney General of Colorado",
    Regime.US_CT: "the Attorney General of Connecticut",
    Regime.US_TX: "the Attorney General of Texas",
    Regime.US_DE: "the Delaware Department of Justice",
}


def purposes(policy: Policy) -> dict[str, str]:
    """What the data of each category is used for (GDPR 15(1)(a))."""
    return {name: category.purpose for name, category in policy.categories.items() if category.purpose}


def kept(policy: Policy, categories: Iterable[str]) -> tuple[str, ...]:
    """How long the categories that were found are kept, and why (GDPR 15(1)(d)): a sentence each."""
    known = ((name, policy.categories.get(name)) for name in sorted(set(categories)))
    return tuple(_period(name, category) for name, category in known if category and category.keep)


def recipients(titles: Iterable[str]) -> str:
    """Where the data lies (GDPR 15(1)(c)): the systems that were asked; a vendor runs some of them for us."""
    named = ", ".join(titles)
    return (
        f"Your data was looked for in these systems: {named}. Whoever runs one of them for us receives what is in it."
    )


def authority(regime: Regime) -> str:
    """Who hears complaints under this law, by name; empty where it depends on where the person lives."""
    return _AUTHORITY.get(regime, "")


def rights(regime: Regime, controller: Controller) -> tuple[str, ...]:
    """What the person can do next (GDPR 15(1)(e), (f)): a sentence each."""
    hears = authority(regime) or "the data protection authority where you live, work, or see the wrong done"
    if regime in {Regime.EU, Regime.UK}:
        more = "You can ask us to correct or erase this data or to restrict its use, and object to its use."
    else:
        more = "You can ask us to correct or delete this data; nobody is treated worse for using these rights."
    return (
        more,
        f"If you disagree, or something is missing, write to {controller.contact}: a person will look at it again.",
        f"You can complain to {hears}.",
    )


def _period(name: str, category: Category) -> str:
    long = f"{name[:1].upper()}{name[1:]}: kept for {category.keep} after {_SINCE[category.anchor]}"
    return f"{long}, because of {category.basis}." if category.on_deletion is OnDeletion.RETAIN else f"{long}."
