"""What a person tells of what we hold, where a code is not enough: counted attempts, no word of the result."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.proof_points import Given
    from dsar.case import Case
    from dsar.frozen import Frozen
    from dsar.policy import Demand
    from dsar.proof import askable
    from dsar.status import ProofAsked


class Taken(Frozen):
    """Something was told. Says nothing of whether it was right."""

    attempts_left: int


class Points:
    """The data points of one request."""

    def __init__(self, case: Case) -> None:
        self._demand = case.proof
        self.declaration = case.proof.declared
        """Whether one has to be signed."""
        self.asks = askable(case.proving, case.wish)
        self.attempts_left = case.proving.attempts
        self.count = 0
        self.declared = False
        self.number = 0
        """How often something was told."""

    @property
    def needed(self) -> bool:
        """Whether a code alone is not enough."""
        return self._demand.beyond_code > 0

    def enough_for(self, demand: Demand) -> bool:
        """Whether, with the code, it proves as much."""
        return self.count >= demand.beyond_code and (self.declared or not (demand.declared and self.declaration))

    @property
    def enough(self) -> bool:
        """Whether it proves what this request asks for."""
        return self.enough_for(self._demand)

    def vouched(self) -> None:
        """A person of ours made sure, another way."""
        self.count, self.declared = self._demand.beyond_code, self.declaration

    def check_possible(self, *, code: bool, answered: bool) -> None:
        """Refuse what costs no attempt: nothing to prove, too early, too late, too often."""
        if answered:
            raise ApplicationError("this request is answered already", type="Answered")
        if not self.needed:
            raise ApplicationError("for this request a code is enough", type="NotAsked")
        if not code:
            raise ApplicationError("enter the code first", type="NoCode")
        if self.attempts_left == 0:
            raise ApplicationError("this was tried too often; the company will contact you", type="TooOften")

    @property
    def used_up(self) -> bool:
        """Whether it failed for good, unless a person of ours finds out another way."""
        return self.needed and self.attempts_left == 0 and not self.enough

    def take(self) -> Taken:
        """Count an attempt. One that comes after the right one is counted like any other."""
        self.attempts_left -= 1
        self.number += 1
        return Taken(attempts_left=self.attempts_left)

    def enough_with(self, given: Given, points: int) -> bool:
        """Whether this one, of which so many points agree, proves what this request asks for."""
        return points >= self._demand.beyond_code and (given.declared or not self.declaration)

    def count_in(self, given: Given, points: int) -> None:
        """Remember the most that ever agreed at one time: nobody gathers points one by one."""
        self.declared = self.declared or self.enough_with(given, points)
        self.count = max(self.count, points)

    def asked(self, *, code: bool) -> ProofAsked | None:
        """What the person is asked for."""
        if not (self.needed and code):
            return None
        return ProofAsked(
            asks=self.asks,
            points=self._demand.beyond_code,
            declaration=self.declaration,
            attempts_left=self.attempts_left,
            given=self.number > 0,
        )
