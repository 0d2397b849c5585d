"""Where commands print: their answers, and what stopped them."""

import sys
from datetime import timedelta

from rich.console import Console

PIPE_WIDTH = 200
"""Of lines that nobody's terminal limits."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
err = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def in_words(length: timedelta) -> str:
    """`14 days`, `24 hours`, `10 seconds`: the largest unit of which it is more than one."""
    for unit, seconds in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if length >= timedelta(seconds=2 * seconds) and length % timedelta(seconds=seconds) == timedelta(0):
            return f"{length // timedelta(seconds=seconds)} {unit}"
    return f"{length.total_seconds():g} seconds"
