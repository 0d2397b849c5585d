"""The requests of one person: one code proves all of a submission, and what they want to have is copied first."""

from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from workflows import steps

with workflow.unsafe.imports_passed_through():
    from activities.evidence import Evidence, StillOpen
    from dsar.case import Case
    from dsar.frozen import Frozen
    from dsar.identity import Key

WAITS = tuple(timedelta(seconds=5 * 2**n) for n in range(10))
"""Between attempts to tell a sibling: together more than an hour, for one that the engine was too busy to take yet."""


SOON = timedelta(minutes=1)
AT_MOST = timedelta(hours=6)
"""How often it is looked whether the copy is there."""


class Told(Frozen):
    """What a request tells its siblings."""

    by: str
    proves: frozenset[Key] = frozenset()
    """The person has proved who they are, by these kinds of identifier."""
    points: int = 0
    """How many data points they told beside the code."""
    declared: bool = False
    """Whether they signed a declaration."""
    over: bool = False
    """It is answered, denied or cancelled: nobody need wait for it any more."""
    fraud: bool = False
    """The person says that the submission is not theirs."""


class Siblings:
    """What one request knows of the others of its submission."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._over: set[str] = set()
        self.proves: frozenset[Key] = frozenset()
        self.points = 0
        self.declared = False

    def hear(self, told: Told) -> None:
        """Take note."""
        self.proves |= told.proves
        self.points = max(self.points, told.points)
        self.declared = self.declared or told.declared
        if told.over:
            self._over.add(told.by)

    @property
    def no_proof_will_come(self) -> bool:
        """Whether the one that asked for the code ended without it."""
        return self._case.proved_by in self._over and not self.proves

    async def my_turn(self) -> None:
        """Wait until what the person wants to have is copied, before anything is changed."""
        left, wait = self._case.after, SOON
        while left:
            left = await self._open(left, "Is there a copy to be made first?", proved=True)
            if left:
                await workflow.sleep(wait, summary="A copy is made first")
                wait = min(wait * 2, AT_MOST)

    async def tell(self, siblings: tuple[str, ...], told: Told) -> None:
        """Tell these; one that is over already, or never comes, is left in peace after a while."""
        for sibling in siblings:
            await self._tell(sibling, told)

    async def _tell(self, sibling: str, told: Told) -> None:
        for wait in (*WAITS, None):
            # One that is over may be forgotten: what is said to it could not even be sealed, its key is destroyed.
            if not await self._open((sibling,), "Is it still to be told?"):
                return None
            try:
                return await workflow.get_external_workflow_handle(sibling).signal("hear", told)
            except ApplicationError:
                if wait:
                    await workflow.sleep(wait, summary="A request of the same submission has not begun yet")
        return None

    async def _open(self, requests: tuple[str, ...], why: str, *, proved: bool = False) -> tuple[str, ...]:
        """Which of these are not answered yet; of them, perhaps, only those that the person has proved."""
        return (await steps.inside(Evidence.still_open, StillOpen(requests=requests, proved=proved), why)).requests
