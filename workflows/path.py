"""How one right is carried out."""

from typing import Protocol

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from dsar.data_map import System
    from dsar.outcomes import Result


class Path(Protocol):
    """What the saga asks of every right."""

    async def carry_out(self) -> Result:
        """Do it."""

    async def put_back(self) -> None:
        """Undo all that can be undone."""

    async def leave(self, system: System) -> None:
        """The answer goes out without this system: undo there what can be undone."""

    async def after(self) -> None:
        """What is still owed once the person has the answer."""
