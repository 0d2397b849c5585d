"""The policy in words, for people who read no TOML: rows for tables, and what each value means."""

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from dsar.clock_sheet import Source
from dsar.data_points import Point
from dsar.periods import Period
from dsar.policy import UNPROVEN, Category, Demand, Ground, OnDeletion, OnExpiry, Policy, Promise
from dsar.records import Anchor
from dsar.requests import Regime, Right

Row = tuple[str, ...]

WORDS: dict[type[StrEnum], dict[StrEnum, str]] = {
    OnDeletion: {
        OnDeletion.ERASE: "erased",
        OnDeletion.RETAIN: "kept until its day",
        OnDeletion.ASK: "a person decides",
    },
    OnExpiry: {
        OnExpiry.KEEP: "stays",
        OnExpiry.PROPOSE: "a person is asked",
        OnExpiry.ERASE: "erased",
    },
    Ground: {
        Ground.STATUTE: "a statute",
        Ground.CONTRACT: "a contract",
        Ground.BUSINESS_CHOICE: "our own choice",
    },
    Anchor: {
        Anchor.CREATED: "its creation",
        Anchor.LAST_INTERACTION: "the last contact",
        Anchor.PROJECT_COMPLETED: "the project's completion",
        Anchor.CONTRACT_ENDED: "the contract's end",
    },
    Demand: {
        Demand.NONE: "none",
        Demand.CODE: "a code to the address on file",
        Demand.REASONABLE: "reasonable: the code, and one thing that we hold",
        Demand.REASONABLY_HIGH: "reasonably high: the code, two things that we hold, and a signed declaration",
    },
    Point: {
        Point.CUSTOMER_ID: "the customer number",
        Point.LAST_INVOICE: "the month of the last invoice",
        Point.PROJECT: "the name of a project",
        Point.PHONE: "the telephone number",
        Point.COMPANY: "the company",
        Point.POSTAL_CODE: "the postal code",
    },
    Source: {
        Source.STATUTE: "a statute",
        Source.POLICY_PROMISE: "our policy",
    },
}
"""What the words of policy.toml mean, by kind."""

NOTHING = "nothing"
"""What an empty field says."""


def said(value: object) -> str:
    """One value of the policy, in words."""
    match value:
        case None | "" | ():
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case timedelta():
            return length(value)
        case tuple():
            return ", ".join(said(each) for each in value)
        case StrEnum():
            return WORDS.get(type(value), {}).get(value, str(value))
        case _:
            return str(value)


def length(time: timedelta) -> str:
    """`14 days`, `24 hours`, `10 seconds`: the largest unit of which it is more than one."""
    for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if time >= timedelta(seconds=2 * seconds) and time % timedelta(seconds=seconds) == timedelta(0):
            return f"{time // timedelta(seconds=seconds)} {unit}"
    return f"{time.total_seconds():g} seconds"


def rights(policy: Policy) -> list[Row]:
    """Right, proof, who promises it, in which words."""
    rows: list[Row] = [
        (right, proof(right, policy), said(promise.source), promise.words) for right, promise in policy.rights.items()
    ]
    if always := policy.non_discrimination:
        rows.append(("non-discrimination", "holds without being asked", said(always.source), always.words))
    return rows


def proof(right: Right, policy: Policy) -> str:
    """What has to be proved for a right, with what makes a difference."""
    promise = policy.rights.get(right, Promise())
    if right in UNPROVEN:
        return said(Demand.NONE)
    more = {"categories alone": promise.proof_categories, "where it could do much harm": promise.proof_sensitive}
    return "; ".join([said(promise.proof), *(f"{when}: {said(level)}" for when, level in more.items() if level)])


def consents(policy: Policy) -> list[Row]:
    """Consent, what for, and the categories that rest on it."""
    return [
        (name, consent.words, ", ".join(c for c, category in policy.categories.items() if category.consent == name))
        for name, consent in policy.consents.items()
    ]


def schedule(policy: Policy) -> list[Row]:
    """Category, where it lives, how long, what then, what on a request to delete, and what else it is."""
    return [
        (
            name,
            ", ".join(category.systems),
            kept(category.keep, category.anchor),
            said(category.on_expiry) if category.keep else "",
            said(category.on_deletion),
            ", ".join(_marks(category)),
        )
        for name, category in policy.categories.items()
    ]


def locks(policy: Policy) -> list[Row]:
    """What a deletion leaves: category, who asks for that, the law, what it may be used for meanwhile."""
    return [
        (name, said(category.ground), category.basis, category.use_meanwhile)
        for name, category in policy.categories.items()
        if category.on_deletion is OnDeletion.RETAIN
    ]


def decided(policy: Policy) -> list[Row]:
    """What a person decides when a deletion is asked for: category, and what has to be weighed."""
    return [(n, c.basis) for n, c in policy.categories.items() if c.on_deletion is OnDeletion.ASK]


def uses(policy: Policy) -> list[Row]:
    """Category, what for, where from, and who receives it beside the vendors of its systems."""
    return [(n, c.purpose, c.origin, ", ".join(c.recipients)) for n, c in policy.categories.items()]


def terms(policy: Policy) -> list[Row]:
    """How requests are carried out: what, and how."""
    own = policy.terms
    many = f"more than {own.approve_above_records:,} records in a system"
    return [
        ("Woken", f"{own.people.privacy_lead}, then {own.people.deputy}; {said(own.warn_days_left)} days before"),
        ("Codes", f"{own.codes} for a request, {own.code_attempts} attempts each"),
        ("Asked beside a code", f"{said(policy.proving.points)}; {policy.proving.attempts} times a mailbox in 45 days"),
        ("Before erasing", f"{length(own.hold_before_erasure)} in which the request can be cancelled"),
        ("A person approves", "every erasure" if own.approve_every_erasure else many),
        ("Who entered an erasure", "cannot approve it" if own.two_people else "can approve it, too"),
        ("Download links", f"good for {length(own.link_valid)}"),
        ("Corrections", f"looked at again after {length(own.recheck_correction)}"),
        ("After a changed address", f"a copy is held for {length(own.cooling_off)}"),
        ("Waiting for proof", "moves the legal date in the EU" if own.pause_for_proof else "moves no date in the EU"),
    ]


def laws(accepted: Iterable[Regime]) -> str:
    """The regimes that a request may name."""
    names = list(accepted)
    return "all that are known" if set(names) == set(Regime) else ", ".join(names)


def kept(keep: Period | None, anchor: Anchor) -> str:
    """`7 years after the contract's end`."""
    return f"{keep} after {said(anchor)}" if keep else ""


def _marks(category: Category) -> list[str]:
    marks = {"sensitive": category.sensitive, "shared": category.shared, "marketing": category.marketing}
    return [
        *(mark for mark, holds in marks.items() if holds),
        *([f"by consent: {c}"] if (c := category.consent) else []),
    ]
