"""What a person watching `make demo` sees: each request as a line that moves, and told whole once it is over."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

R = TypeVar("R")

PATIENCE_SECONDS = 300.0
"""A ceiling for machines that are busy with something else; nothing here takes so long."""

LOOK_EVERY = 0.25


class WentDifferently(AssertionError):
    """Something in a scene was not as it should be: what was expected."""


@dataclass
class Scene:
    """One request on the stage."""

    title: str
    line: str = ""
    state: str = "run"
    seen: list[str] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    patience: float = PATIENCE_SECONDS

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.began

    def say(self, line: str) -> None:
        """What happened."""
        self.line = line
        self.seen.append(line)

    def demand(self, true: bool, what: str) -> None:
        """Go on only if it is so, without a word about it."""
        if not true:
            raise WentDifferently(f"expected, and not so: {what}")

    def expect(self, true: bool, what: str) -> None:
        """Go on only if it is so, and say it."""
        self.demand(true, what)
        self.say(what)

    async def wait_for(self, what: str, look: Callable[[], Awaitable[R | None]]) -> R:
        """Wait until there is something, and give it."""
        self.line = f"{what} ..."
        deadline = time.monotonic() + self.patience
        while (found := await look()) is None:
            if time.monotonic() > deadline:
                raise WentDifferently(f"not within {self.patience:.0f} seconds: {what}")
            await asyncio.sleep(LOOK_EVERY)
        return found

    async def until(self, what: str, true: Callable[[], Awaitable[bool]]) -> None:
        """Wait until it is so, and say it."""
        await self.wait_for(what, lambda: _or_none(true()))
        self.say(what)


class Theatre:
    """All scenes. On a terminal those under way are drawn as they go; without one, only what is over is printed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scenes: list[Scene] = []

    @property
    def failed(self) -> list[str]:
        """The titles of the scenes that went differently."""
        return [scene.title for scene in self._scenes if scene.state == "failed"]

    async def play(self, title: str, act: Callable[[Scene], Awaitable[R]]) -> R | None:
        """Play one scene to its end, whatever happens in it; `None` where it went differently."""
        scene = Scene(title)
        self._scenes.append(scene)
        try:
            result = await act(scene)
            scene.state = "done"
        except Exception as error:  # noqa: BLE001 - a scene that breaks must not stop the others
            scene.state = "failed"
            scene.say(str(error) if isinstance(error, WentDifferently) else f"{type(error).__name__}: {error}")
            return None
        else:
            return result
        finally:
            if scene.state != "run":
                self._tell(scene)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Draw while the block runs."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._drawn, console=self._console, refresh_per_second=8, transient=True):
            yield

    def _tell(self, scene: Scene) -> None:
        mark, style = _MARKS[scene.state]
        heading = Text.assemble((mark, style), " ", (scene.title, "bold"), (f"  {scene.seconds:.0f} s", "dim"))
        for line in (heading, *(Text(f"    {line}") for line in scene.seen), Text()):
            self._console.print(line, soft_wrap=not self._console.is_terminal)

    def _drawn(self) -> RenderableType:
        table = Table(box=None, padding=(0, 1), show_header=False)
        table.add_column(no_wrap=True, style="cyan")
        table.add_column(no_wrap=True)
        table.add_column(no_wrap=True, overflow="ellipsis", style="dim")
        for scene in self._scenes:
            if scene.state == "run":
                table.add_row("▸", Text(scene.title, style="bold"), Text(scene.line))
        return table


async def _or_none(true: Awaitable[bool]) -> bool | None:
    return await true or None


_MARKS = {"done": ("✓", "green"), "failed": ("✗", "red")}
