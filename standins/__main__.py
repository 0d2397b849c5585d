"""Every stand-in in one process: `python -m standins --host 127.0.0.1 --port 8300`.

Each vendor is under its own name: `http://127.0.0.1:8300/mailchimp/3.0/lists`, its control interface (see
standins/faults.py) under `/mailchimp/_control/...`. One line of JSON on standard output says that all are ready:

    {"ready": true, "host": "127.0.0.1", "port": 8300, "standins": ["azure_blob", "drive", "figma", "ga4", ...]}

SIGTERM or SIGINT ends it with status 0.
"""

import argparse
import asyncio
import importlib
import json
import signal
import sys
from urllib.parse import urlsplit

from aiohttp import web

from standins.serving import serving

KINDS = (
    "azure_blob",
    "declared",
    "drive",
    "figma",
    "ga4",
    "gcs",
    "klaviyo",
    "linkedin",
    "mailchimp",
    "meta",
    "notion",
    "opendsr",
    "s3",
    "sprout",
    "stripe",
)
SEED_BYTES = 256 << 20
"""A seed for a benchmark is large, and the outermost application says how large a body may be."""


def all_of_them() -> web.Application:
    """One application with every stand-in under its name."""
    together = web.Application(client_max_size=SEED_BYTES)
    for kind in KINDS:
        together.add_subapp(f"/{kind}", importlib.import_module(f"standins.{kind}").app())
    return together


async def serve(host: str, port: int) -> None:
    """Serve until told to stop."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with serving(all_of_them(), host, port) as address:
        ready = {"ready": True, "host": host, "port": urlsplit(address).port, "standins": KINDS}
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await told.wait()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m standins", description="Vendors to try everything on.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free one")
    options = parser.parse_args()
    asyncio.run(serve(options.host, options.port))


if __name__ == "__main__":
    main()
