"""All stand-ins in one process, as the demo and the benchmark start them."""

import asyncio
import json
import sys
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]


async def test_one_process_serves_every_standin_and_ends_when_told() -> None:
    """It says on which port it is ready, answers for each vendor under its name, and SIGTERM ends it cleanly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "standins", "--port", "0", cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        ready = json.loads(await process.stdout.readline())
        states = {kind: await _state(ready["port"], kind) for kind in ready["standins"]}
        process.terminate()
        status = await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()

    assert sorted(states) == [
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
    ]
    assert set(states.values()) == {200}
    assert status == 0


async def _state(port: int, kind: str) -> int:
    url = f"http://127.0.0.1:{port}/{kind}/_control/state"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status
