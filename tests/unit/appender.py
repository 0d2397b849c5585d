"""Another process that appends, and says each step once it is kept. Run: appender.py URL REQUEST COUNT."""

import asyncio
import sys

from ledger.ledger import Ledger
from tests.unit.ledger_rig import KEY


async def main(url: str, request_id: str, count: int) -> None:
    """Append steps 0, 1, ... from several tasks; print `step new`, as the journal answers."""
    ledger = await Ledger.open(url, KEY)

    async def worker(first: int, workers: int) -> None:
        for n in range(first, count, workers):
            new = await ledger.journal.append(request_id, f"{n}", "event", {"n": n})
            sys.stdout.write(f"{n} {new}\n")
            sys.stdout.flush()

    await asyncio.gather(*(worker(n, 8) for n in range(8)))
    await ledger.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
