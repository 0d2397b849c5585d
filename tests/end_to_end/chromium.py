"""A real browser without a window, driven by its own DevTools protocol."""

import asyncio
import base64
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = (
    "No Chromium on this machine: the pages for people are tried in a real browser. Install it (Debian and Ubuntu: "
    "`apt-get install chromium`), or name its program in HABEAS_CHROMIUM."
)
SECONDS = 30
KEYS = {"Tab": 9, "Enter": 13, " ": 32}


class BrowserError(AssertionError):
    """The browser said no, or the page's script failed."""


@dataclass(frozen=True)
class Screen:
    """What somebody looks at the pages with."""

    width: int
    dark: bool = False
    height: int = 900


class Tab:
    """One page, open."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []
        """What the browser wrote into its console: blocked styles, broken markup."""
        self._reading = asyncio.create_task(self._read())

    async def close(self) -> None:
        self._reading.cancel()
        await asyncio.wait([self._reading])
        await self._socket.close()

    async def tell(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the protocol; its result."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        said = await asyncio.wait_for(answer, SECONDS)
        if "error" in said:
            raise BrowserError(f"{method}: {said['error']['message']}")
        return dict(said["result"])

    async def look(self, screen: Screen) -> None:
        """Be a phone or a desk, by day or by night."""
        await self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=screen.width, height=screen.height, deviceScaleFactor=1, mobile=screen.width < 600,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if screen.dark else "light"}
        await self.tell("Emulation.setEmulatedMedia", features=[scheme])

    async def open(self, url: str) -> None:
        """Go there."""
        async with self.loading():
            await self.tell("Page.navigate", url=url)

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[None]:
        """Until the page that something leads to is there."""
        self._loaded.clear()
        yield
        await asyncio.wait_for(self._loaded.wait(), SECONDS)

    async def evaluate(self, script: str) -> Any:
        """What a script says of the page; promises are waited for."""
        said = await self.tell("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in said:
            raise BrowserError(said["exceptionDetails"].get("exception", {}).get("description", "a script failed"))
        return said["result"].get("value")

    async def key(self, name: str) -> None:
        """Press a key and let it go."""
        text = {"Enter": "\r", " ": " "}.get(name, "")
        key = {"key": name, "code": "Space" if name == " " else name, "windowsVirtualKeyCode": KEYS[name]}
        await self.tell("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **key)
        await self.tell("Input.dispatchKeyEvent", type="keyUp", **key)

    async def write(self, text: str) -> None:
        """Type into what has the focus."""
        await self.tell("Input.insertText", text=text)

    async def focus(self, words: str) -> None:
        """Press Tab until the control is reached that is called so."""
        seen = []
        for _ in range(60):
            await self.key("Tab")
            name = str(await self.evaluate(_NAME))
            if words in name:
                return
            seen.append(name)
        raise BrowserError(f"the keyboard does not reach {words!r}; it reaches {seen}")

    async def enter(self, words: str) -> None:
        """Reach a button or a link by keyboard, and follow it."""
        await self.focus(words)
        async with self.loading():
            await self.key("Enter")

    async def text(self) -> str:
        """What can be read."""
        return str(await self.evaluate("document.body.innerText"))

    async def path(self) -> str:
        """Where it is."""
        return str(await self.evaluate("location.pathname"))

    async def picture(self, file: Path) -> None:
        """The whole page, as PNG."""
        size = (await self.tell("Page.getLayoutMetrics"))["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = await self.tell("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        await asyncio.to_thread(file.write_bytes, base64.b64decode(shot["data"]))

    async def _read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                self._answers.pop(said["id"]).set_result(said)
            elif said["method"] == "Page.loadEventFired":
                self._loaded.set()
            elif said["method"] == "Log.entryAdded":
                self.complaints.append(said["params"]["entry"]["text"])


_NAME = """(() => {
  const it = document.activeElement;
  return (it.labels && it.labels.length ? it.labels[0].innerText : it.innerText) || it.id || it.tagName;
})()"""


@asynccontextmanager
async def browser() -> AsyncIterator[Tab]:
    """A fresh browser with one tab, for as long as the context lasts. Fails with what to do where there is none."""
    program = os.environ.get("HABEAS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.fail(MISSING)
    with tempfile.TemporaryDirectory(prefix="habeas-browser-", ignore_cleanup_errors=True) as profile:
        process = await asyncio.create_subprocess_exec(
            program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
            "--remote-debugging-port=0", f"--user-data-dir={profile}", "about:blank",
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            async with aiohttp.ClientSession() as http:
                tab = await _tab(http, await _port(process, Path(profile) / "DevToolsActivePort"))
                try:
                    yield tab
                finally:
                    await tab.close()
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _port(process: asyncio.subprocess.Process, file: Path) -> int:
    for _ in range(SECONDS * 10):
        if process.returncode is not None:
            raise BrowserError(f"the browser ended with {process.returncode}")
        if written := _written(file):
            return int(written[0])
        await asyncio.sleep(0.1)
    raise BrowserError(f"the browser has not come up within {SECONDS} seconds")


def _written(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


async def _tab(http: aiohttp.ClientSession, port: int) -> Tab:
    async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
        (page,) = [each for each in await answer.json(content_type=None) if each["type"] == "page"]
    tab = Tab(await http.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0))
    for domain in ("Page", "Runtime", "Log"):
        await tab.tell(f"{domain}.enable")
    return tab
