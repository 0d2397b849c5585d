"""Taking requests in: kept, sealed, before they have an id, and with an id before the engine hears of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from dsar.case import Case
from dsar.frozen import Frozen
from dsar.policy import Demand
from dsar.requests import Right
from dsar.submission import Submission
from intake.cases import Cases, reading_first
from intake.engine import Engine, EngineDown
from intake.handing_over import CASE, HandingOver, words
from intake.permissions import Permissions
from intake.receipts import Receipt
from ledger.ledger import Ledger
from vault.vault import Vault


class _Kept(Frozen):
    """A request that has an id in the ledger."""

    case: Case
    joined: bool
    waits: bool = False
    """Behind another of the same name: it has no saga yet."""


class Submitting:
    """Keeps what is asked, and starts it as soon as the engine takes it."""

    def __init__(self, engine: Engine, ledger: Ledger, vault: Vault, cases: Cases, permissions: Permissions) -> None:
        self._engine = engine
        self._ledger = ledger
        self._vault = vault
        self._cases = cases
        self._permissions = permissions
        self._handing_over = HandingOver(ledger, vault)

    async def submit(self, submission: Submission) -> Receipt:
        """Keep a request and start it; a duplicate joins the open one. Several rights are as many requests.

        It is kept, sealed, before it has an id in the ledger, and has one before the engine hears of it: whatever
        breaks in between, either nothing was promised, or what was promised is found again by `dispatch`.

        Raises:
            Refused: a date cannot be right, or the policy does not know what is asked.
        """
        await self._cases.check(submission)
        ticket = words()
        kept: list[_Kept] = []
        for right in sorted(submission.asked, key=reading_first):
            kept.append(await self._keep(submission, right, ticket, kept))
        receipts = [
            Receipt(
                request_id=each.case.request_id,
                right=each.case.right,
                joined=each.joined,
                started=each.waits or await self.started(each.case),
                ticket=ticket,
                due=each.case.clock.answer.due,
                safe=each.case.clock.answer.safe,
            )
            for each in reversed(await self._proved_together(kept))  # whoever tells others comes last
        ]
        receipts.sort(key=lambda receipt: submission.asked.index(receipt.right))
        return receipts[0].model_copy(update={"others": tuple(receipts[1:])})

    async def dispatch(self, older_than: timedelta = timedelta(seconds=5)) -> int:
        """Start what was kept while the engine was down; how many. One that cannot be read holds up no other."""
        count, unreadable = 0, None
        for request_id in await self._ledger.requests.unstarted(older_than):
            try:
                count += await self.started(await self._vault.get_model(request_id, CASE, Case))
            except Exception as error:  # noqa: BLE001 - raised below, once the others are started
                unreadable = error
        if unreadable:
            raise unreadable
        return count

    async def started(self, case: Case) -> bool:
        """Start what is kept, if the engine takes it; whether it did."""
        try:
            await self._engine.start(case)
        except EngineDown:
            return False
        await self._ledger.requests.mark_started(case.request_id)
        return True

    async def _keep(self, submission: Submission, right: Right, ticket: str, before: Sequence["_Kept"]) -> "_Kept":
        """One right of a submission, as a request of its own."""
        case = await self._cases.case(submission, right, [each.case for each in before])
        await self._vault.create(case.request_id)
        await self._vault.put_model(case.request_id, CASE, case)
        if submission.permission:
            await self._permissions.keep(case.request_id, submission.permission)
        received = await self._ledger.requests.receive(self._cases.row(case))
        if received.joined:
            await self._vault.destroy(case.request_id)
            case = await self._vault.get_model(received.id, CASE, Case)
        await self._handing_over.ticket(received.id, ticket)
        return _Kept(case=case, joined=received.joined, waits=received.behind is not None)

    async def _proved_together(self, kept: Sequence["_Kept"]) -> list["_Kept"]:
        """One code for all that need one: the first asks for it, and tells the others. What was open already stays."""
        asking = [each for each in kept if not (each.joined or each.waits) and each.case.proof is not Demand.NONE]
        if len(asking) < 2:
            return list(kept)
        first, *others = asking
        tells = {
            "proves": tuple(each.case.request_id for each in others),
            "also": tuple(each.case.right for each in others),
        }
        linked: dict[str, dict[str, Any]] = {first.case.request_id: tells}
        linked |= {each.case.request_id: {"proved_by": first.case.request_id} for each in others}
        return [await self._linked(each, linked.get(each.case.request_id, {})) for each in kept]

    async def _linked(self, kept: "_Kept", link: dict[str, Any]) -> "_Kept":
        if not link:
            return kept
        case = kept.case.model_copy(update=link)
        await self._vault.put_model(case.request_id, CASE, case)
        return kept.model_copy(update={"case": case})
