"""What people have to do: read it, finish it, approve it."""

import asyncio
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from console import files
from console.call import Call
from console.commands import Commands, decided_by
from console.screen import as_shown, out
from dsar.case import Owner, TaskState
from intake.attachments import Attachment


async def tasks(call: Call) -> int:
    """List what people have to do, or read one task whole."""
    if call.args.task:
        task = await call.desk.task(call.args.task)
        out.print(
            f"[bold]{escape(task.title)}[/], by {task.due}\n\n{escape(as_shown(task.instructions))}", soft_wrap=True
        )
        return 0
    table = Table("Task", "Kind", "System", "Owner", "Due", box=None)
    for row in await call.foundation.ledger.tasks.list():
        table.add_row(row.id, row.kind, row.system, row.owner, str(row.due))
    out.print(table if table.row_count else "Nothing to do.")
    return 0


async def resolve(call: Call) -> int:
    """Finish a task."""
    await call.desk.resolve(call.args.task, call.args.outcome, by=call.args.by, note=call.args.note)
    out.print(f"{call.args.task}: {call.args.outcome}.")
    return 0


async def pass_on(call: Call) -> int:
    """Give a task of a request to somebody else, who is told."""
    await call.desk.pass_on(call.args.task, call.args.to, by=call.args.by)
    out.print(f"{call.args.task}: it is the {call.args.to.in_words}'s now.")
    return 0


async def attach(call: Call) -> int:
    """Seal a file with a task's request, as evidence of what was done."""
    content = await asyncio.to_thread(files.read, call.args.file)
    evidence = Attachment(name=Path(call.args.file).name, content=content)
    digest = await call.desk.attach(call.args.task, evidence, by=call.args.by)
    out.print(f"Sealed with the request; the journal has its hash: {digest}")
    return 0


async def attached(call: Call) -> int:
    """Write what was attached to a task into a folder, to be looked at and deleted again."""
    count = 0
    async for file in call.desk.attached(call.args.task):
        count += 1
        path = Path(call.args.folder) / f"{count:02}-{Path(file.name).name}"
        await asyncio.to_thread(files.write_new, path, file.content)
    said = f"{count} written to {call.args.folder}. Delete them when you have looked."
    out.print(said if count else "Nothing was attached.")
    return 0


async def approve(call: Call) -> int:
    """Let every plan run that waits for approval."""
    waiting = [task for task in (await call.desk.status(call.args.request)).tasks if task.kind == "approve"]
    for task in waiting:
        await call.desk.resolve(task.id, TaskState.DONE, by=call.args.by)
        out.print(f"Approved: {task.title}")
    if not waiting:
        out.print("Nothing waits for approval.")
    return 0


def add(commands: Commands) -> None:
    """Register tasks, resolve, pass-on, attach, attached, approve."""
    commands.founded("tasks", tasks).add_argument("task", nargs="?")
    done = commands.founded("resolve", resolve, "task")
    done.add_argument("outcome", type=TaskState, choices=[TaskState.DONE, TaskState.NOT_FOUND, TaskState.EXCEPTION])
    done.add_argument("--note", default="")
    decided_by(done)
    given = commands.founded("pass-on", pass_on, "task")
    given.add_argument("--to", type=Owner, choices=list(Owner), required=True, help="who is to do it")
    decided_by(given)
    decided_by(commands.founded("attach", attach, "task", "file"))
    commands.founded("attached", attached, "task", "folder")
    decided_by(commands.founded("approve", approve, "request"))
