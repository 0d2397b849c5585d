"""One running company for all tests that need it whole."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from demo.stack import ROOT, Ports, running
from standins.figma import SCIM_TOKEN, TOKEN
from standins.seaweed import make_bucket
from tests.end_to_end.company import Company, company
from tests.end_to_end.holdings import BUCKET, systems_toml


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def habeas(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    """Engine, stand-ins, S3, mail, worker and web, each a process of its own, in a fresh folder."""
    folder: Path = tmp_path_factory.mktemp("company")
    ports = Ports.free()
    systems = folder / "systems.toml"
    systems.write_text(systems_toml(f"http://127.0.0.1:{ports.standins}"), encoding="utf-8")
    policy = (ROOT / "policy.toml").read_text(encoding="utf-8")
    assert 'hold_before_erasure = "PT24H"' in policy
    changed = {
        "HABEAS_SYSTEMS": str(systems),
        "FIGMA_TOKEN": json.dumps({"token": TOKEN, "scim_token": SCIM_TOKEN}),
    }
    hurried = policy.replace('hold_before_erasure = "PT24H"', 'hold_before_erasure = "PT1S"')
    async with running(folder, ports, policy=hurried, changed=changed) as stack:
        await make_bucket(stack.s3, BUCKET)
        async with company(stack, ports.web, stack.environ) as whole:
            yield whole
