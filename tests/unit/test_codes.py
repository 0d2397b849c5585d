"""Codes are drawn, not kept."""

from pathlib import Path

import pytest

from activities.codes import Codes
from dsar.proof import is_code, matches
from vault.disk import DiskStore
from vault.keys import KeyDestroyed, KeyRing
from vault.vault import Vault


@pytest.fixture
async def vault(tmp_path: Path) -> Vault:
    store = DiskStore(tmp_path)
    vault = Vault(store, KeyRing(store, {"m": bytes(32)}, "m"))
    for owner in ("request-1", "request-2"):
        await vault.create(owner)
    return vault


async def test_a_code_is_the_same_whenever_it_is_asked_for_and_fits_what_the_saga_keeps(vault: Vault) -> None:
    """A letter that is sent again brings no second code."""
    first, again = [await Codes(vault).get("request-1", 1) for _ in range(2)]

    assert first == again
    assert is_code(first.code)
    assert matches(first.code, first.sent)


async def test_no_code_says_anything_of_another(vault: Vault) -> None:
    """Of one request the next ones differ, and of two requests the first ones; so do the salts."""
    codes = Codes(vault)

    made = [await codes.get(owner, number) for owner in ("request-1", "request-2") for number in range(1, 201)]

    assert len({code.sent.salt for code in made}) == 400
    assert len({code.sent.digest for code in made}) == 400
    assert len({code.code for code in made}) > 390
    assert len({code.code[0] for code in made}) == 10, "every digit begins some"


async def test_no_code_lies_in_the_vault(vault: Vault) -> None:
    """There is nothing to steal beside the key."""
    await Codes(vault).get("request-1", 1)

    assert await vault.names("request-1") == []


async def test_with_the_key_the_codes_are_gone(vault: Vault) -> None:
    """What is forgotten proves nobody."""
    await vault.destroy("request-1")

    with pytest.raises(KeyDestroyed):
        await Codes(vault).get("request-1", 1)
