"""A house for flows: the real saga, activities, vault and ledger, on the time-skipping engine, over fake systems."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowExecutionStatus, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.policies import Policies
from connectors.connector import Connector
from demo.selection import by_code
from dsar.case import State
from dsar.data_map import System
from dsar.policy import Policy, Terms
from dsar.policy_check import parse_policy
from dsar.requests import Right
from dsar.status import Status
from dsar.submission import Person, Submission
from foundation import Foundation
from intake.desk import Desk, Receipt
from intake.engine import Engine
from intake.registration import add_search_attributes
from ledger.ledger import Ledger
from tests.flows.fake_system import FakeSystem, LetterBox
from vault.codec import data_converter
from vault.keys import KeyRing
from vault.store import DiskStore
from vault.vault import Vault
from worker import activities, worker
from workflows.attributes import ALL
from workflows.housekeeping import Housekeeping
from workflows.rights_request import Closed, RightsRequest

ADA = "ada@example.com"
LEAD = "privacy@opensession.co"
DEPUTY = "deputy@opensession.co"
QUEUE = "flows"


@dataclass
class House:
    """Everything a test acts on."""

    env: WorkflowEnvironment
    desk: Desk
    foundation: Foundation
    mail: LetterBox
    systems: dict[str, FakeSystem]

    async def submit(self, right: Right = Right.DELETE, received: Any = None, **person: str) -> Receipt:
        """Submit a request of Ada's, unless another person is given."""
        return await self.desk.submit(self.submission(right, received, **person))

    def submission(self, right: Right = Right.DELETE, received: Any = None, **person: str) -> Submission:
        """A request as it comes in."""
        return Submission(right=right, person=Person.model_validate(person or {"email": ADA}), received=received)

    async def forget(self) -> int:
        """Run the housekeeping."""
        client = self.env.client
        return await client.execute_workflow(Housekeeping.run, id="housekeeping", task_queue=QUEUE)

    def saga(self, receipt: Receipt) -> WorkflowHandle[Any, Any]:
        """The saga of a request."""
        return self.env.client.get_workflow_handle_for(RightsRequest.run, receipt.request_id)

    async def proved(self, receipt: Receipt, address: str = ADA) -> str:
        """Enter the code that was mailed, with the ticket of who asked; the passphrase, where there is a copy."""
        attempt = await self.desk.confirm(receipt.request_id, await self.code(receipt, address), receipt.ticket)
        assert attempt.verified
        return attempt.passphrase

    async def code(self, receipt: Receipt, address: str = ADA) -> str:
        """The newest code that was mailed to an address, once the saga knows that it is out."""
        await self.until(lambda: any(re.search(r"\n    \d{6}\n", body) for _, body in self.mail.to(address)))
        await self.attempts(receipt)
        codes: list[str] = [
            found for _, body in self.mail.to(address) for found in re.findall(r"\n    (\d{6})\n", body)
        ]
        return codes[-1]

    async def attempts(self, receipt: Receipt) -> int:
        """Wait until a code can be tried; how often."""
        for _ in range(400):
            if left := (await self.status(receipt)).attempts_left:
                return left
            await asyncio.sleep(0.025)
        raise AssertionError("no code is out")

    def hold(self, receipt: Receipt) -> WorkflowHandle[Any, Any]:
        """The hold of what a request had to leave behind."""
        return self.env.client.get_workflow_handle("hold-" + receipt.request_id.removeprefix("request-"))

    async def status(self, receipt: Receipt) -> Status:
        """What the saga says."""
        return await self.desk.status(receipt.request_id)

    async def ended(self, receipt: Receipt, step: timedelta = timedelta(days=1)) -> Closed:
        """Let time pass until the saga has ended; what it leaves behind."""
        closed = await self.ended_saga(self.saga(receipt), step)
        assert isinstance(closed, Closed)
        return closed

    async def ended_saga(self, handle: WorkflowHandle[Any, Any], step: timedelta) -> Any:
        """Let time pass, in steps, until a saga has ended."""
        for _ in range(200):
            await asyncio.sleep(0.1)  # what is being done is done before time jumps on
            if await self._over(handle):
                return await handle.result()
            await self._passed(step, handle)
        raise AssertionError("the saga does not end")

    async def _passed(self, step: timedelta, handle: WorkflowHandle[Any, Any]) -> None:
        """Let time pass, no longer than a saga lasts: with nothing open, the engine never ends a sleep."""
        sleeping = asyncio.ensure_future(self.env.sleep(step))
        try:
            while not sleeping.done() and not await self._over(handle):
                await asyncio.wait([sleeping], timeout=0.05)
            if sleeping.done():
                await sleeping
        finally:
            sleeping.cancel()

    async def _over(self, handle: WorkflowHandle[Any, Any]) -> bool:
        return (await handle.describe()).status is not WorkflowExecutionStatus.RUNNING

    async def cancel(self, receipt: Receipt) -> None:
        """Take a request back, as the person."""
        await self.quiet(receipt)
        await self.desk.cancel(receipt.request_id, by="ada", reason="changed my mind")

    async def cancel_in_engine(self, receipt: Receipt) -> None:
        """Cancel a saga from the engine's UI."""
        await self.quiet(receipt)
        await self.saga(receipt).cancel()

    async def quiet(self, receipt: Receipt) -> None:
        """Wait until nothing is being done but waiting.

        The test server, unlike the real one, refuses to cancel a step that ended at the same moment.
        """
        for _ in range(400):
            said = (await self.saga(receipt).describe()).raw_description
            working = [a for a in said.pending_activities if not a.HasField("last_failure")]
            if not working and not said.HasField("pending_workflow_task"):
                return
            await asyncio.sleep(0.025)
        raise AssertionError("the saga does not come to rest")

    async def failure_of(self, receipt: Receipt) -> str:
        """How the engine shows the last failure of a step that is being retried, opened with the request's key."""
        for _ in range(400):
            said = (await self.saga(receipt).describe()).raw_description
            failures = [a.last_failure for a in said.pending_activities if a.HasField("last_failure")]
            if failures:
                converter = self.env.client.data_converter
                return str(await converter.decode_failure(failures[0]))
            await asyncio.sleep(0.025)
        raise AssertionError("nothing has failed")

    async def unfinished(self, receipt: Receipt, titles: tuple[str, ...]) -> None:
        """Wait until only these systems are being worked on."""
        for _ in range(400):
            if (await self.status(receipt)).unfinished == titles:
                return
            await asyncio.sleep(0.025)
        raise AssertionError(f"not only {titles} are being worked on")

    async def stands(self, receipt: Receipt, state: State) -> None:
        """Wait until the saga says that it stands there: a letter arrives before its step is over."""
        for _ in range(400):
            if (await self.status(receipt)).state is state:
                return
            await asyncio.sleep(0.025)
        raise AssertionError(f"it never was {state}")

    async def task(self, receipt: Receipt, kind: str) -> str:
        """Wait for an open task of a kind; its id."""
        found: list[str] = []

        async def there() -> bool:
            found[:] = [t.id for t in (await self.status(receipt)).tasks if t.kind == kind]
            return bool(found)

        for _ in range(400):
            if await there():
                return found[0]
            await asyncio.sleep(0.025)
        raise AssertionError(f"no task of kind {kind} was opened")

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait for something to happen, in real time, and fail if it does not."""
        for _ in range(400):
            if true():
                return
            await asyncio.sleep(0.025)
        raise AssertionError("it did not happen")

    def answers(self, address: str = ADA) -> list[str]:
        """The answers that were mailed."""
        return [body for subject, body in self.mail.to(address) if subject == "The answer to your request"]


def policy(**terms: Any) -> Policy:
    """The shipped policy, without its hold, with a code as the only proof, and with what a test changes."""
    shipped = parse_policy(by_code(Path("policy.toml").read_text(encoding="utf-8")))
    changed = {**shipped.terms.model_dump(), "hold_before_erasure": timedelta(0), **terms}
    return shipped.model_copy(update={"terms": Terms.model_validate(changed)})


@asynccontextmanager
async def house(folder: Path, *systems: FakeSystem, rules: Policy | None = None) -> AsyncIterator[House]:
    """Open the house, its worker at work."""
    store = DiskStore(folder / "vault")
    keys = KeyRing(store, {"m": bytes(32)}, "m")
    ledger = await Ledger.open(f"sqlite+aiosqlite:///{folder / 'ledger.sqlite'}", bytes(32))
    foundation = Foundation(ledger=ledger, vault=Vault(store, keys), keys=keys, policies=Policies(ledger))
    server = Path(sys.executable).parent / "temporal-test-server"
    try:
        async with await WorkflowEnvironment.start_time_skipping(
            test_server_existing_path=str(server), data_converter=data_converter(keys)
        ) as env:
            await add_search_attributes(env.client, ALL)
            mail = LetterBox()
            desk = _desk(env, foundation, systems, rules or policy())
            with env.auto_time_skipping_disabled():
                async with _worker(env, foundation, systems, mail, rules or policy()):
                    yield House(env, desk, foundation, mail, {s.config.name: s for s in systems})
    finally:
        await ledger.close()


def _worker(
    env: WorkflowEnvironment, foundation: Foundation, systems: Sequence[FakeSystem], mail: LetterBox, rules: Policy
) -> Worker:
    connectors: dict[str, Connector] = {s.config.name: s for s in systems}
    work = activities(foundation, env.client, connectors, mail, "http://127.0.0.1", bytes(32), rules)
    return worker(env.client, QUEUE, work)


def _desk(env: WorkflowEnvironment, foundation: Foundation, systems: Sequence[FakeSystem], rules: Policy) -> Desk:
    async def connected() -> Any:
        return env.client

    data_map = [
        System(name=s.config.name, title=s.config.title, can=s.can, learns=s.config.learns, needs=s.config.needs)
        for s in systems
    ]
    return Desk(
        engine=Engine(connected, QUEUE),
        ledger=foundation.ledger,
        vault=foundation.vault,
        policies=foundation.policies,
        policy=rules,
        systems=data_map,
        subject_key=bytes(32),
    )
