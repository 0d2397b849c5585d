"""Who has to prove what: the level that a request needs, and the code that proves who reads the address on file."""

import hashlib
import hmac

from dsar.case import Case
from dsar.correction import Field
from dsar.data_points import FIELDS, Point
from dsar.frozen import Frozen
from dsar.policy import UNPROVEN, Demand, Policy, Proving
from dsar.requests import Regime, Right
from dsar.wish import Detail, Wish

CODE_DIGITS = 6

SELDOM = frozenset({Right.WITHDRAW, Right.COMPLAINT})
"""No proof is asked for these unless a policy says so: consent is withdrawn as easily as it was given (GDPR 7(3))."""


SPECIFIC = frozenset({Right.KNOW, Right.ACCESS, Right.PORTABILITY})
"""The rights to specific pieces: not proved enough, they are looked at again as a request for categories."""

REACHED_BY = frozenset({Field.EMAIL, Field.PHONE, Field.ADDRESS})
"""What the person is reached by: whoever changes it for them gets what is sent to them from then on."""


LEVELS_OF = frozenset({Regime.US_CA})
"""Laws that ask for levels. Others let us ask for more than the code only where we doubt who asks (GDPR 12(6))."""


def demanded(right: Right, policy: Policy, wish: Wish | None = None, regime: Regime = Regime.US_CA) -> Demand:
    """How surely we must know who asks for this, under this law."""
    level = _promised(right, policy, wish)
    return level if regime in LEVELS_OF or not level.beyond_code else Demand.CODE


def _promised(right: Right, policy: Policy, wish: Wish | None) -> Demand:
    if right in UNPROVEN:
        return Demand.NONE  # whatever an old policy says
    promise = policy.rights.get(right)
    if promise is None:
        return Demand.NONE if right in SELDOM else Demand.CODE
    if promise.proof_categories and right is Right.KNOW and wish and wish.detail is Detail.CATEGORIES:
        return promise.proof_categories
    return promise.proof_sensitive if promise.proof_sensitive and _sensitive(right, policy, wish) else promise.proof


def for_categories(policy: Policy) -> Demand:
    """How surely we must know who is told which categories we hold, in place of the specific pieces."""
    promise = policy.rights.get(Right.KNOW)
    return (promise and promise.proof_categories) or Demand.REASONABLE


def looked_at_again(case: Case) -> Case:
    """A request for specific pieces that is not proved enough, as a request for the categories (11 CCR 7024(a))."""
    wish = case.wish.model_copy(update={"detail": Detail.CATEGORIES})
    return case.model_copy(update={"right": Right.KNOW, "wish": wish, "proof": case.proof_categories})


def askable(proving: Proving, wish: Wish) -> tuple[Point, ...]:
    """What can prove who asks: never what the person says is wrong (11 CCR 7060(g))."""
    wrong = {FIELDS[change.field] for change in wish.changes if change.field in FIELDS}
    of_categories = {Point.LAST_INVOICE: proving.invoices, Point.PROJECT: proving.projects}
    return tuple(point for point in proving.points if point not in wrong and of_categories.get(point, "any"))


def _sensitive(right: Right, policy: Policy, wish: Wish | None) -> bool:
    if right is Right.CORRECT:
        return wish is None or any(change.field in REACHED_BY for change in wish.changes)
    return any(category.sensitive for category in policy.categories.values())


class SentCode(Frozen):
    """What the saga keeps of a code it had sent: enough to check an answer, not enough to read it off."""

    salt: str
    digest: str


class Attempt(Frozen):
    """The answer to a code that was handed in."""

    verified: bool
    attempts_left: int


def digest(code: str, salt: str) -> str:
    """A code's digest under a salt of 128 random bits, hexadecimal.

    A slow hash would protect nothing: of six digits all can be tried, and whoever could read digest and salt could
    read the code beside them. What protects a code is the request's key, its few attempts and its short life.
    """
    return hmac.new(bytes.fromhex(salt), code.encode(), hashlib.sha256).hexdigest()


def is_code(text: str) -> bool:
    """Whether this could be a code at all: anything else is refused before it costs an attempt."""
    return len(text) == CODE_DIGITS and text.isascii() and text.isdigit()


def matches(code: str, sent: SentCode) -> bool:
    """Whether the code is the one that was sent. Takes the same time whatever is wrong with it."""
    return hmac.compare_digest(digest(code, sent.salt), sent.digest)
