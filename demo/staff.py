"""Who works at the demo's company: two accounts at the pages for our own people, because some decisions take two."""

from pathlib import Path

from web.staff.accounts import hashed

NAMES = ("Lea Lind", "Dee Dorn")
PASSWORD = "demo demo demo"  # noqa: S105 - of a company that this machine alone can reach


def accounts(folder: Path) -> Path:
    """The file of their accounts, made once a folder: nobody is signed out when the company is started anew."""
    file = folder / "staff"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text("".join(f"{hashed(PASSWORD).line(name)}\n" for name in NAMES), encoding="utf-8")
    return file
