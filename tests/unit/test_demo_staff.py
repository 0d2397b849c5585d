"""The demo's own people can sign in, and their accounts last as long as its folder."""

from pathlib import Path

from demo import staff
from web.staff.accounts import parsed


def test_whom_the_demo_names_can_sign_in(tmp_path: Path) -> None:
    """Two people, each with the password that is printed, in a file that only its owner reads."""
    file = staff.accounts(tmp_path / "up")

    known = parsed(file.read_text(encoding="utf-8"))

    assert tuple(known) == staff.NAMES
    assert known[staff.NAMES[1]].is_of(staff.PASSWORD)
    assert file.stat().st_mode & 0o077 == 0


def test_they_are_made_once(tmp_path: Path) -> None:
    """Started anew, the accounts are what they were: nobody is signed out."""
    made = staff.accounts(tmp_path).read_bytes()

    again = staff.accounts(tmp_path).read_bytes()

    assert again == made
