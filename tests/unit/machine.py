"""A machine with the command line on it: a folder, both files, an environment."""

import asyncio
import base64
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import starter
import worker

ROOT = Path(__file__).parents[2]

KEY = base64.b64encode(b"k" * 32).decode()

NOBODY = "127.0.0.1:1"
"""An address at which there is no engine."""


@dataclass(frozen=True)
class Said:
    """What a command came to."""

    status: int
    out: str
    err: str


@dataclass
class Machine:
    """A folder with both files in it, and the environment of whoever runs commands there."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def given(self, **variables: str) -> None:
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def unset(self, name: str) -> None:
        self.monkeypatch.delenv(name)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text()
        assert old in text
        (self.folder / name).write_text(text.replace(old, new))

    def run(self, *arguments: str) -> Said:
        """Run a command of starter.py, here and not in a process of its own: there are many."""
        try:
            status = starter.main(list(arguments))
        except SystemExit as left:
            status = int(left.code or 0)
        return self._said(status)

    def work(self) -> Said:
        """Run worker.py, which is to end at once."""
        return self._said(asyncio.run(worker.main()))

    def _said(self, status: int) -> Said:
        out, err = self.capsys.readouterr()
        return Said(status, out, err)

    @property
    def made(self) -> set[str]:
        """What commands left in the folder, beside what was there."""
        return {path.name for path in self.folder.iterdir()} - {"policy.toml", "systems.toml"}


def at_a_machine(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Machine:
    """A machine whose settings are in order, and whose engine is down."""
    for name in ("policy.toml", "systems.toml"):
        shutil.copy(ROOT / name, folder)
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith(("HABEAS_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    made = Machine(folder, monkeypatch, capsys)
    made.given(
        TEMPORAL_ADDRESS=NOBODY,
        HABEAS_LEDGER_KEY=KEY,
        HABEAS_MASTER_KEYS=f"m:{KEY}",
        GA4_SERVICE_ACCOUNT="{}",
        MAILCHIMP_API_KEY="key-us1",
        NOTION_TOKEN="token",
        FIGMA_TOKEN="token",
        S3_CREDENTIALS=json.dumps({"access_key_id": "a", "secret_access_key": "b"}),
    )
    return made


def refused(said: Said, *words: str) -> None:
    """It ended with 2, in words of ours and without a traceback."""
    assert said.status == 2, said
    assert "Traceback" not in said.err
    for each in words:
        assert each in said.err
