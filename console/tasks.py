"""What people have to do: read it, finish it, approve it."""

from rich.markup import escape
from rich.table import Table

from console.call import Call
from console.commands import Commands, decided_by
from console.screen import as_shown, out
from dsar.case import TaskState


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
    """Register tasks, resolve, approve."""
    commands.founded("tasks", tasks).add_argument("task", nargs="?")
    done = commands.founded("resolve", resolve, "task")
    done.add_argument("outcome", type=TaskState, choices=[TaskState.DONE, TaskState.NOT_FOUND, TaskState.EXCEPTION])
    done.add_argument("--note", default="")
    decided_by(done)
    decided_by(commands.founded("approve", approve, "request"))
