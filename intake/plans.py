"""A system's plan, record by record, for the eyes of whoever decides: personal data, and no value of an identifier."""

from collections.abc import Sequence
from datetime import date

from activities.pages import plan_pages
from dsar.case import Case
from dsar.data_map import System
from dsar.frozen import Frozen
from dsar.identity import Key
from dsar.labels import shown_label
from dsar.plans import Action, Step
from dsar.policy import Policy
from dsar.records import Anchor
from intake.handing_over import CASE
from intake.refusals import NotFound, Refused
from vault.keys import KeyUnavailable
from vault.store import NotInVault
from vault.vault import Vault

MOST = 500
"""So many records are shown: more than anybody decides one by one."""

WAITS = frozenset({Action.CONFIRM, Action.DECIDE})
"""What stands in a plan until a person has said something."""


class Line(Frozen):
    """One record of a plan."""

    label: str
    category: str
    action: Action
    why: str
    until: date | None
    dates: dict[Anchor, date]
    agrees: tuple[Key, ...]
    """The kinds of identifiers that the record and the person share."""
    missing: tuple[Key, ...]
    """What the person gave, and the record has not."""


class WholePlan(Frozen):
    """What is planned in one system, as far as it is planned by now; what waits for a person comes first."""

    title: str
    lines: tuple[Line, ...]
    more: bool
    """Whether there are records beyond the first `MOST`."""


class Plans:
    """Reads plans from the vault."""

    def __init__(self, vault: Vault, policy: Policy, systems: Sequence[System]) -> None:
        self._vault = vault
        self._policy = policy
        self._titles = {system.name: system.title for system in systems}

    def title(self, system: str) -> str:
        """What people call a system; its name, where the data map does not have it any more."""
        return self._titles.get(system, system)

    async def read(self, request_id: str, system: str) -> WholePlan:
        """One system's.

        Raises:
            NotFound: the request is not about such a system.
            Refused: it is over, and forgotten.
        """
        try:
            case = await self._vault.get_model(request_id, CASE, Case)
            title = next((each.title for each in case.systems if each.name == system), None)
            if title is None:
                raise NotFound("this request is not about such a system")
            given = frozenset(each.kind for each in case.identity.identifiers)
            lines = [self._line(step, given) for step in await self._steps(request_id, system)]
        except (KeyUnavailable, NotInVault):
            raise Refused("this is over, and all that it held is forgotten") from None
        shown = sorted(lines[:MOST], key=lambda line: line.action not in WAITS)
        return WholePlan(title=title, lines=tuple(shown), more=len(lines) > MOST)

    async def _steps(self, request_id: str, system: str) -> list[Step]:
        """The first of them, and one more than are shown."""
        found: list[Step] = []
        async for page in plan_pages(self._vault, request_id, system).all():
            found += page.steps[: MOST + 1 - len(found)]
            if len(found) > MOST:
                break
        return found

    def _line(self, step: Step, given: frozenset[Key]) -> Line:
        record = step.record
        return Line(
            label=shown_label(record, self._policy),
            category=record.category,
            action=step.action,
            why=step.why,
            until=step.until,
            dates=record.dates,
            agrees=tuple(sorted(record.matched)),
            missing=tuple(sorted(given - record.matched)),
        )
