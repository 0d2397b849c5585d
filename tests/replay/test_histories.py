"""What ran once replays: a request that waits for weeks, or a record that is kept for years, outlives our releases."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import NondeterminismError

from tests.replay.changed import Changed
from tests.replay.recording import HISTORIES, Recording
from vault.codec import data_converter
from worker import PASSED_THROUGH, WORKFLOWS

NAMES = sorted(path.stem for path in HISTORIES.glob("*.json"))


async def replay(name: str, folder: Path, workflows: Sequence[type]) -> None:
    recording = Recording.read(name)
    replayer = Replayer(
        workflows=workflows,
        data_converter=data_converter(await recording.keys(folder)),
        workflow_runner=SandboxedWorkflowRunner(restrictions=PASSED_THROUGH),
    )
    await replayer.replay_workflow(recording.workflow_history())


def test_every_kind_of_story_is_recorded() -> None:
    """Nothing is replayed that is not there."""
    assert NAMES == [
        "access",
        "cancelled_deletion",
        "deletion_with_a_retained_record",
        "denied_deletion",
        "promised_deletion",
        "retention_hold",
        "retention_sweep",
        "talked",
        "taught_access",
        "taught_access_in_two_steps",
        "taught_deletion",
        "taught_deletion_in_two_steps",
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_what_ran_once_replays(name: str, tmp_path: Path) -> None:
    """The code of today makes the same decisions from the same history."""
    await replay(name, tmp_path, WORKFLOWS)


async def test_a_change_that_replays_differently_is_caught(tmp_path: Path) -> None:
    """The check can fail: one more timer at the start, and the oldest history does not fit."""
    with pytest.raises(NondeterminismError):
        await replay("access", tmp_path, [Changed])


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_shows_nothing_of_its_person(name: str) -> None:
    """Histories are sealed here as everywhere."""
    text = (HISTORIES / f"{name}.json").read_text(encoding="utf-8").lower()

    assert "ada" not in Recording.read(name).workflow_id
    assert "@example" not in text
    assert "json/plain" not in text
