"""A clock, told to a person and to a program."""

from typing import Any

from dsar.clock_sheet import ClockSheet, Due, Duty


def as_json(sheet: ClockSheet) -> dict[str, Any]:
    """The sheet for a program: `{"duties": {"respond": {"due": "2026-03-27", "safe": ...}}, "explain": [...], ...}`."""
    return sheet.model_dump(mode="json")


def as_text(sheet: ClockSheet) -> str:
    """The sheet for a person: a line for each duty, then the reasons, one a line."""
    lines = [f"{sheet.right} under {sheet.regime}, received {sheet.received_on} ({sheet.zone})", ""]
    lines += [_line(duty.replace("_", "-"), due, _note(sheet, duty)) for duty, due in sheet.duties.items()]
    if sheet.notice_by and not sheet.extended:
        lines.append(_line("notice", sheet.notice_by, "the last day to announce an extension"))
    if sheet.paused:
        lines += ["", "The clock is stopped: the legal dates will move when what was asked for comes."]
    return "\n".join([*lines, "", *sheet.explain, f"Decided by {sheet.rules}. Not legal advice.", ""])


def _line(name: str, due: Due, note: str) -> str:
    return f"  {name:<12} safe {due.safe:%a} {due.safe}   due {due.due:%a} {due.due}   {note}".rstrip()


def _note(sheet: ClockSheet, duty: Duty) -> str:
    if duty is Duty.EXTENDED:
        return "in force" if sheet.extended else "only with notice in time"
    return ""
