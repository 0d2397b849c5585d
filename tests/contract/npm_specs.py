"""A vendor's published description, when it is published on npm: fetched once, kept under `.run/specs`."""

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import pytest

SPECS = Path(__file__).parents[2] / ".run" / "specs"


def npm_file(package_with_version: str, member: str) -> Path:
    """One file of a package, `npm_file("@figma/rest-api-spec@0.43.0", "openapi/openapi.yaml")`.

    Skips the test, saying why, where there is no `npm`. Raises `CalledProcessError` when the package cannot be
    fetched and `KeyError` when it holds no such member.
    """
    archive = SPECS / f"{package_with_version.lstrip('@').replace('/', '-')}.tgz"
    if not archive.exists():
        _fetch(package_with_version, archive)
    file = archive.with_suffix("") / member
    if not file.exists():
        _extract(archive, member, file)
    return file


def _fetch(package: str, archive: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"npm is missing: {package}, the vendor's own description, cannot be fetched")
    SPECS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=SPECS) as folder:
        command = [npm, "pack", package, "--silent", "--pack-destination", folder]
        subprocess.run(command, check=True, capture_output=True, timeout=120, cwd=folder)  # noqa: S603 - fixed arguments
        (packed,) = Path(folder).glob("*.tgz")
        # The name appears only once the file is whole: another test run may be looking for it.
        packed.replace(archive)


def _extract(archive: Path, member: str, file: Path) -> None:
    with tarfile.open(archive) as tar:
        packed = tar.extractfile(f"package/{member}")
        content = packed.read() if packed else b""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(file)
