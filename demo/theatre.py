"""What a person watching `make demo` sees: one line for each request, saying where it stands, live."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

PATIENCE_SECONDS = 120


class WentDifferently(AssertionError):
    """Something in a scene was not as it should be: what was expected."""


@dataclass
class Scene:
    """One request on the stage."""

    title: str
    line: str = "waiting"
    state: str = "wait"
    seen: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def say(self, line: str) -> None:
        """Where it stands now."""
        self.line = line
        self.seen.append(line)

    def expect(self, true: bool, what: str) -> None:
        """Go on only if it is so."""
        if not true:
            raise WentDifferently(what)
        self.say(what)

    async def until(self, what: str, true: Callable[[], Awaitable[bool]]) -> None:
        """Wait until it is so."""
        self.say(f"{what} ...")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not await true():
            if time.monotonic() > deadline:
                raise WentDifferently(f"{what}: not within {PATIENCE_SECONDS} seconds")
            await asyncio.sleep(0.1)
        self.say(what)


class Theatre:
    """All scenes, drawn as they go. Without a terminal, each scene is printed once it is over."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._scenes: list[Scene] = []

    @property
    def failed(self) -> list[Scene]:
        """The scenes that went differently."""
        return [scene for scene in self._scenes if scene.state == "failed"]

    async def play(self, title: str, act: Callable[[Scene], Awaitable[None]]) -> None:
        """Play one scene to its end, whatever happens in it."""
        scene = Scene(title)
        self._scenes.append(scene)
        began = time.monotonic()
        scene.state = "run"
        try:
            await act(scene)
            scene.state = "done"
        except Exception as error:  # noqa: BLE001 - a scene that breaks must not stop the others
            scene.state = "failed"
            scene.say(str(error) if isinstance(error, WentDifferently) else f"{type(error).__name__}: {error}")
        scene.seconds = time.monotonic() - began
        if not self._console.is_terminal:
            self._console.print(self._told(scene))

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Draw while the block runs."""
        if not self._console.is_terminal:
            yield
            return
        with Live(get_renderable=self._drawn, console=self._console, refresh_per_second=8):
            yield

    def _drawn(self) -> RenderableType:
        table = Table(box=None, padding=(0, 1), show_header=False)
        table.add_column(width=1)
        table.add_column(style="bold", no_wrap=True)
        table.add_column()
        for scene in self._scenes:
            mark, style = _MARKS[scene.state]
            table.add_row(Text(mark, style=style), scene.title, Text(scene.line, style="" if style else "dim"))
        return table

    def _told(self, scene: Scene) -> RenderableType:
        mark, style = _MARKS[scene.state]
        heading = Text.assemble((mark, style), " ", (scene.title, "bold"), f"  ({scene.seconds:.0f} s)")
        return Group(heading, *(Text(f"    {line}") for line in scene.seen if not line.endswith(" ...")))


_MARKS = {"wait": (" ", ""), "run": ("▸", "cyan"), "done": ("✓", "green"), "failed": ("✗", "red")}
