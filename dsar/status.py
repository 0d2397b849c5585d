"""Where a request stands, as facts and in words."""

from datetime import date

from dsar.case import Ending, State, Task
from dsar.data_points import Point
from dsar.frozen import Frozen
from dsar.plans import PlanSummary
from dsar.policy import UNPROVEN
from dsar.requests import Regime, Right


class ProofAsked(Frozen):
    """What is asked of a person who entered the code, where that alone is not enough."""

    asks: tuple[Point, ...]
    """What can be told."""
    points: int
    """How many of these it takes."""
    declaration: bool
    attempts_left: int
    given: bool
    """Whether something was told. From then on a person reads the same, whether it was right or wrong."""


class Status(Frozen):
    """What a request says of itself while it runs."""

    request_id: str
    right: Right
    regime: Regime
    state: State
    ending: Ending | None
    due: date
    safe: date
    explain: tuple[str, ...]
    """Why the dates are what they are."""
    unfinished: tuple[str, ...]
    """Titles of the systems that are still being worked on."""
    plans: tuple[PlanSummary, ...]
    tasks: tuple[Task, ...]
    """Open ones. Their instructions may hold personal data."""
    attempts_left: int | None
    """Of the current code; `None` before one is sent."""
    proving: ProofAsked | None = None
    """`None`: nothing beyond a code is asked, or the code is not entered yet."""

    @property
    def told_state(self) -> State:
        """Where the request stands, as anybody may know who has its id: whether what was told fits, is not said."""
        hidden = self.proving and self.proving.given and self.ending is None
        return State.AWAITING_PROOF if hidden else self.state


ASKED_BY_ANYBODY = UNPROVEN | {Right.WITHDRAW}
"""What may be asked for in another's name without a proof, as a policy allows."""


def told_ending(right: Right, ending: Ending | None) -> Ending | None:
    """How a request ended, as anybody may know who has its id.

    Where nobody proved who asks, it is not said whether anything was found: whoever opts somebody out would learn whom
    the company knows. The letter says it, to the address on file.
    """
    hides = right in ASKED_BY_ANYBODY and ending in {Ending.PARTLY, Ending.NOTHING_FOUND}
    return Ending.COMPLIED if hides else ending


STATE_IN_WORDS: dict[State, str] = {
    State.RECEIVED: "Received, not yet acknowledged.",
    State.AWAITING_PROOF: "Waiting for the person to prove who they are: a code was sent to the address on file.",
    State.IN_PROGRESS: "Verified. Working in the systems.",
    State.ON_HOLD: "Found and withheld. The last chance to cancel is running; nothing is erased yet.",
    State.ANSWERED: "Answered. Late checks and kept records are being seen to.",
    State.CLOSED: "Closed.",
}


def standing(status: Status) -> str:
    """In words, for whoever watches in the engine. No personal data."""
    lines = [STATE_IN_WORDS[status.state], f"Answer by {status.safe} (legal date {status.due})."]
    if status.unfinished and status.state is not State.ANSWERED:
        lines.append(f"Not finished: {', '.join(status.unfinished)}.")
    lines += [f"A person is needed: {task.title} (due {task.due})." for task in status.tasks]
    return "\n\n".join(lines)
