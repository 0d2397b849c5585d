"""What whoever submits a request gets."""

from datetime import date

from dsar.frozen import Frozen
from dsar.proof import Attempt
from dsar.requests import Right


class Receipt(Frozen):
    """A request that is kept, and what is known of it."""

    request_id: str
    right: Right
    joined: bool
    """The person had asked for the same already: that request goes on, with its own dates."""
    started: bool
    """`False`: kept, and started as soon as the engine is back."""
    ticket: str
    """Proves nothing; with the code that is mailed to the person, it brings the passphrase of a download. Told once."""
    due: date
    safe: date
    others: tuple["Receipt", ...] = ()
    """Of the other rights that were asked for at the same time: requests of their own, with the same ticket."""


class Confirmed(Attempt):
    """The answer to a code that was entered."""

    passphrase: str = ""
    """Opens the download, with the link in the answer. Told once, to who had the ticket beside the right code."""
