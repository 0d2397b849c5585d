"""Whether a package is whole: what anyone can find out with the ZIP alone."""

import hashlib
import zipfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import ValidationError

from dsar.frozen import Frozen
from vault.archive import Member
from vault.objects import BLOCK_BYTES

FORMAT = "habeas-package/1"
MANIFEST = "manifest.json"
_MAX_MANIFEST = 256 * 1024 * 1024


class Manifest(Frozen):
    """manifest.json: the members, itself left out."""

    format: str
    request_id: str
    right: str
    regime: str
    generated_at: datetime
    records: int
    files: int
    members: tuple[Member, ...]


def check_package(package: Path | str | BinaryIO) -> list[str]:
    """What is wrong with a package, a sentence each; empty when it is good. The sentences name members."""
    try:
        with zipfile.ZipFile(package) as archive:
            return _problems(archive)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError):
        return ["it is not a whole ZIP file"]


def _problems(archive: zipfile.ZipFile) -> list[str]:
    found = Counter(info.filename for info in archive.infolist())
    problems = [f"{path}: there {count} times" for path, count in found.items() if count > 1]
    problems += [f"{path}: leaves the package" for path in found if not _stays(path)]
    if MANIFEST not in found:
        return [*problems, f"{MANIFEST}: missing"]
    if archive.getinfo(MANIFEST).file_size > _MAX_MANIFEST:
        return [*problems, f"{MANIFEST}: too large"]
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except (ValidationError, zipfile.BadZipFile):
        return [*problems, f"{MANIFEST}: not readable"]
    if manifest.format != FORMAT:
        problems.append(f"{MANIFEST}: of the format {manifest.format}, not {FORMAT}")
    listed = {member.path for member in manifest.members}
    problems += [f"{path}: not in the manifest" for path in sorted(set(found) - listed - {MANIFEST})]
    for member in manifest.members:
        problems += [f"{member.path}: missing"] if member.path not in found else _differences(archive, member)
    return problems


def _differences(archive: zipfile.ZipFile, member: Member) -> list[str]:
    digest = hashlib.sha256()
    size = 0
    try:
        with archive.open(member.path) as content:
            while (block := content.read(BLOCK_BYTES)) and size <= member.bytes:  # no further than it should be long
                digest.update(block)
                size += len(block)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        return [f"{member.path}: damaged"]
    if size != member.bytes:
        return [f"{member.path}: not {member.bytes} bytes long"]
    return [] if digest.hexdigest() == member.sha256 else [f"{member.path}: its content is another"]


def _stays(path: str) -> bool:
    return not path.startswith("/") and ".." not in path.split("/") and "\\" not in path and ":" not in path
