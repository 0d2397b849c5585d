"""Proof that the person is who they say: a code sent to the address on file, and few attempts to enter it."""

from temporalio.exceptions import ApplicationError

from dsar.frozen import Frozen
from dsar.proof import Attempt, SentCode, is_code, matches


class Confirmation(Frozen):
    """The code as the person entered it."""

    code: str


class Proof:
    """The codes of one request, and how often each was tried."""

    def __init__(self, attempts: int, codes: int) -> None:
        self._allowed = attempts
        self._codes = codes
        self._number = 0
        self._sent: SentCode | None = None
        self.attempts_left = 0
        self.verified = False

    @property
    def codes_sent(self) -> bool:
        """Whether a code is out."""
        return self._sent is not None

    @property
    def next_number(self) -> int:
        """The number of the code that would be sent next, from 1."""
        return self._number + 1

    def sent(self, code: SentCode) -> None:
        """A code went out; the one before it is dead."""
        self._sent = code
        self._number += 1
        self.attempts_left = self._allowed

    def check_possible(self, confirmation: Confirmation) -> None:
        """Refuse what costs no attempt: nothing to confirm, no attempt left, or no code at all."""
        if self.verified:
            raise ApplicationError("already confirmed", type="AlreadyConfirmed")
        if self._sent is None:
            raise ApplicationError("no code has been sent yet; try again in a moment", type="NoCode")
        if self.attempts_left == 0:
            raise ApplicationError("this code was tried too often and is dead; ask for another one", type="CodeDead")
        if not is_code(confirmation.code):
            raise ApplicationError("a code has six digits", type="NotACode")

    def try_code(self, confirmation: Confirmation) -> Attempt:
        """Compare, and count the attempt."""
        if self._sent is None:
            raise ApplicationError("no code has been sent yet; try again in a moment", type="NoCode")
        self.attempts_left -= 1
        self.verified = matches(confirmation.code, self._sent)
        return Attempt(verified=self.verified, attempts_left=self.attempts_left)

    def check_another(self) -> None:
        """Refuse a fresh code where there is none to have."""
        if self.verified:
            raise ApplicationError("already confirmed", type="AlreadyConfirmed")
        if self._sent is None:
            raise ApplicationError("no code has been sent yet; try again in a moment", type="NoCode")
        if self._number >= self._codes:
            raise ApplicationError("no more codes for this request; the company will contact you", type="NoMoreCodes")
