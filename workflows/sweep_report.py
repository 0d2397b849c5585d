"""What a sweep is started with, and what it says of itself. No personal data."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.sweep_orders import Found, Gone
    from dsar.case import Task
    from dsar.frozen import Frozen
    from dsar.records import OutcomeKind
    from dsar.sweeping import Mode


class SweepStart(Frozen):
    """What a sweep is to do."""

    mode: Mode = Mode.DAILY
    systems: tuple[str, ...] = ()
    """Entries of systems.toml; empty: all."""
    dry_run: bool = False
    """Only look."""


class InSystem(Frozen):
    """How far a sweep is in one system."""

    title: str
    found: Found | None = None
    gone: tuple[Gone, ...] = ()
    finished: bool = False
    missed: bool = False
    """It did not answer, or refused us."""

    def of(self, kind: OutcomeKind) -> int:
        """How many records ended so."""
        return sum(gone.of(kind) for gone in self.gone)


class Report(Frozen):
    """How far a sweep is."""

    systems: dict[str, InSystem] = {}  # noqa: RUF012 - pydantic copies defaults
    cannot: tuple[str, ...] = ()
    """Titles of the systems that nobody can walk through."""
    tasks: tuple[Task, ...] = ()
    """What people have to do meanwhile."""
    begun: bool = False
    over: bool = False

    @property
    def waits_for_people_only(self) -> bool:
        """Whether nothing more happens by itself."""
        asking = {task.system for task in self.tasks}
        return self.begun and all(s.finished or name in asking for name, s in self.systems.items())
