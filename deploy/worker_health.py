"""Is the worker of this container at work? Asks the engine whether it polls: `python -m deploy.worker_health`.

Exits 0 when a poller of this host was seen lately, 1 when none was, or when the engine does not answer.
"""

# ruff: noqa: INP001 - one file among those that are mounted into containers, not a package

import asyncio
import socket
import sys
from datetime import UTC, datetime, timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfig

import settings

LATELY = timedelta(minutes=2)
"""A poll that finds nothing to do takes a minute."""


async def polls(client: Client, task_queue: str, host: str) -> bool:
    """Whether a worker of this host has asked for work lately. The SDK calls itself `pid@host`."""
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    since = datetime.now(UTC) - LATELY
    return any(
        poller.identity.endswith(f"@{host}") and poller.last_access_time.ToDatetime(UTC) > since
        for poller in answer.pollers
    )


async def main() -> int:
    """Ask, and say what is wrong."""
    task_queue = settings.read().task_queue
    client = await Client.connect(**ClientConfig.load_client_connect_config())
    if await polls(client, task_queue, socket.gethostname()):
        return 0
    print(f"no worker of {socket.gethostname()} polls {task_queue}", file=sys.stderr)  # noqa: T201 - the operator reads this
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
