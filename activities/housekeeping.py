"""Forgetting: when a saga is over, its key is destroyed, and with it every copy of the person's data held here."""

from temporalio import activity
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from ledger.ledger import Ledger
from vault.vault import Vault


class Housekeeping:
    """Sweeps behind closed sagas. A saga cannot do it itself: its own history could not be read to the end."""

    def __init__(self, client: Client, vault: Vault, ledger: Ledger) -> None:
        self._client = client
        self._vault = vault
        self._ledger = ledger

    @activity.defn
    async def forget_closed(self) -> int:
        """Destroy the keys of all requests, holds, sweeps and questions about mails that are over; how many.

        Then the ledger forgets what it kept for their sake, and what is past its time.
        """
        count = 0
        for owner in await self._ledger.requests.to_shred():
            if await self._is_over(owner):
                await self._vault.destroy(owner)
                await self._ledger.journal.append(owner, "forgotten", "key destroyed", {})
                await self._ledger.requests.mark_shredded(owner)
                count += 1
        for hold in await self._ledger.holds.to_shred():
            # A request that still runs replays the start of its hold, and that is sealed with the hold's key.
            if await self._is_over(hold) and await self._is_over("request-" + hold.removeprefix("hold-")):
                await self._vault.destroy(hold)
                await self._ledger.journal.append(hold, "forgotten", "key destroyed", {})
                await self._ledger.holds.mark_shredded(hold)
                count += 1
        for sweep in await self._ledger.sweeps.to_shred():
            if await self._is_over(sweep):
                await self._vault.destroy(sweep)
                await self._ledger.journal.append(sweep, "forgotten", "key destroyed", {})
                await self._ledger.sweeps.mark_shredded(sweep)
                count += 1
        for mail in await self._ledger.mails.to_shred():
            if await self._is_over(mail):
                await self._vault.destroy(mail)
                await self._ledger.journal.append(mail, "forgotten", "key destroyed", {})
                await self._ledger.mails.mark_shredded(mail)
                count += 1
        await self._ledger.forgetting.purge()
        return count

    async def _is_over(self, workflow_id: str) -> bool:
        try:
            description = await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return True
            raise
        return description.status is not WorkflowExecutionStatus.RUNNING
