"""What a person can do against our answer, under whose law: told with every denial, and with every answer."""

from dsar import disclosures
from dsar.frozen import Frozen
from dsar.periods import Period
from dsar.regimes import REGIMES
from dsar.requests import Regime, Right

_LAST_WORD = frozenset({Right.APPEAL, Right.COMPLAINT})
"""What itself is a second look: the next one is the authority's."""

_NO_SALE = frozenset({Regime.EU, Regime.UK, Regime.BR, Regime.CA})
"""Whose law knows no opt-out of sale or sharing."""


class Remedies(Frozen):
    """The ways that are open."""

    appeal: Period | None = None
    """An appeal to us, and how long its answer takes (Va. Code 59.1-577(C) and its sisters); `None`: no such law."""
    authority: str = ""
    """Who hears complaints, by name; empty: it depends on where the person lives."""
    court: bool = False
    """A judicial remedy has to be named too (GDPR 12(4))."""


def remedies(right: Right, regime: Regime | None) -> Remedies:
    """The ways against an answer to this right; where the regime is not known, only those that everybody has."""
    if regime is None:
        return Remedies()
    return Remedies(
        appeal=None if right in _LAST_WORD else _appeal(regime),
        authority=disclosures.authority(regime),
        court=regime in {Regime.EU, Regime.UK},
    )


def may_opt_out(regime: Regime | None) -> bool:
    """Whether somebody whose deletion is denied for want of proof is asked if they want to opt out (11 CCR 7022(g))."""
    return regime not in _NO_SALE


def _appeal(regime: Regime) -> Period | None:
    terms = [rule.term for rule in REGIMES[regime].rights.get(Right.APPEAL, ())]
    return terms[0] if terms and isinstance(terms[0], Period) else None
