"""Answering what a person wrote about their request."""

from console.call import Call
from console.commands import Commands, decided_by
from console.screen import out
from dsar.case import TaskKind, TaskState
from intake.desk import Refused


async def reply(call: Call) -> int:
    """Answer a person's message: by a letter to the address on file, and on the page of the request."""
    task = await call.desk.task(call.args.task)
    if task.kind is not TaskKind.TALK:
        raise Refused("this task is no message of a person; finish it with `resolve`")
    await call.desk.resolve(task.id, TaskState.DONE, by=call.args.by, note=call.args.text)
    out.print(f"{task.id}: answered. It goes to the address on file.")
    return 0


def add(commands: Commands) -> None:
    """Register reply."""
    command = commands.founded("reply", reply, "task")
    command.add_argument("text", help="what the person reads")
    decided_by(command)
