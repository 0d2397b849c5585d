"""Work done page by page, each page kept in the vault before the next begins: the vault is the checkpoint.

A worker that is killed leaves whole pages behind. Whoever repeats the work finds them, takes over at the first
page that is missing, and does that one again: every act on a page may be repeated with the same effect. A page of the
plan is what a system answered at once; its first few answers, where they are short, are one.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Generic, Self, TypeVar

from dsar.frozen import Frozen
from dsar.identity import Identifier
from dsar.plans import Step
from dsar.records import Exported, Outcome
from vault.vault import Vault

FEW_RECORDS = 25
FIRST_ANSWERS = 4
"""What a search begins with is kept as one page, up to so many records or answers: most searches find no more."""


class PlanPage(Frozen):
    """A page of a system's plan, and where its search goes on."""

    steps: tuple[Step, ...] = ()
    learned: tuple[Identifier, ...] = ()
    cursor: str | None = None

    @classmethod
    def gathered(cls, pages: Sequence[Self]) -> Self:
        """Answers that came one after another, as one page."""
        return cls(
            steps=tuple(step for page in pages for step in page.steps),
            learned=tuple(identifier for page in pages for identifier in page.learned),
            cursor=pages[-1].cursor,
        )


def worth_keeping(gathered: Sequence[PlanPage], number: int) -> bool:
    """Whether these make the page of this number: to keep one waits for the disk, and little is soon asked again."""
    is_all = gathered[-1].cursor is None
    has_begun = number > 0 or len(gathered) == FIRST_ANSWERS
    return is_all or has_begun or sum(len(page.steps) for page in gathered) >= FEW_RECORDS


class ExportPage(Frozen):
    """The contents of a page of records."""

    items: tuple[Exported, ...]


class OutcomePage(Frozen):
    """What became of a page of records."""

    outcomes: tuple[Outcome, ...]


P = TypeVar("P", bound=Frozen)


class Pages(Generic[P]):
    """The pages of one kind of work, numbered from 0, in one owner's compartment of the vault.

    One activity's view of them: what it kept or read last, and how many there are, it does not read again.
    """

    def __init__(self, vault: Vault, owner: str, folder: str, model: type[P]) -> None:
        self._vault = vault
        self._owner = owner
        self._folder = folder
        self._model = model
        self._done: int | None = None
        self._last: tuple[int, P] | None = None

    async def keep(self, number: int, page: P) -> None:
        """Keep a page. From now on it counts as done."""
        await self._vault.put_model(self._owner, f"{self._folder}/{number:06}", page)
        self._last = number, page
        if self._done is not None:
            self._done = max(self._done, number + 1)

    async def done(self) -> int:
        """How many pages are done: they are done in order, so this is also the number of the next."""
        if self._done is None:
            self._done = len(await self._vault.names(self._owner, f"{self._folder}/"))
        return self._done

    async def get(self, number: int) -> P:
        """One page that is done."""
        if self._last is None or self._last[0] != number:
            name = f"{self._folder}/{number:06}"
            self._last = number, await self._vault.get_model(self._owner, name, self._model)
        return self._last[1]

    async def all(self) -> AsyncIterator[P]:
        """The pages done, in order, one in memory at a time."""
        for number in range(await self.done()):
            yield await self.get(number)


class PlanPages(Pages[PlanPage]):
    """A system's plan."""

    async def complete(self) -> bool:
        """Whether the search went to its end, and found something."""
        done = await self.done()
        return done > 0 and (await self.get(done - 1)).cursor is None


def plan_pages(vault: Vault, owner: str, system: str) -> PlanPages:
    """A system's plan."""
    return PlanPages(vault, owner, f"plan/{system}", PlanPage)


def export_pages(vault: Vault, owner: str, system: str) -> Pages[ExportPage]:
    """What a system holds of the person, exported."""
    return Pages(vault, owner, f"export/{system}", ExportPage)


def outcome_pages(vault: Vault, owner: str, system: str, act: str) -> Pages[OutcomePage]:
    """What came of one act (`withhold`, `erase`) on a system's plan, page for page."""
    return Pages(vault, owner, f"outcome/{system}/{act}", OutcomePage)
