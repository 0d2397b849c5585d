"""Proof that the person asking can read what is sent to the address on file: a short code, few attempts."""

import hashlib
import hmac

from dsar.frozen import Frozen
from dsar.policy import UNPROVEN, Demand, Policy
from dsar.requests import Right

CODE_DIGITS = 6

SELDOM = frozenset({Right.WITHDRAW, Right.COMPLAINT})
"""No proof is asked for these unless a policy says so: consent is withdrawn as easily as it was given (GDPR 7(3))."""


def demanded(right: Right, policy: Policy) -> Demand:
    """How surely we must know who asks for this."""
    if right in UNPROVEN:
        return Demand.NONE
    if promise := policy.rights.get(right):
        return promise.proof
    return Demand.NONE if right in SELDOM else Demand.CODE


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
