"""The environment gives systems other addresses: a stand-in's, a proxy's."""

from pathlib import Path

import pytest

import settings

ENTRY = '[{name}]\nkind = "ga4"\nbase_url = "https://vendor.example"\nsecret = "env:SECRET"\n'


def read(tmp_path: Path, names: list[str], **environ: str) -> dict[str, dict[str, object]]:
    path = tmp_path / "systems.toml"
    path.write_text("".join(ENTRY.format(name=name) for name in names))
    return settings.read_systems(path, {"SECRET": "x", **environ})


def test_an_address_that_the_entry_does_not_name_can_be_given(tmp_path: Path) -> None:
    """The connector's own default is Google's: only the environment says otherwise."""
    systems = read(tmp_path, ["ga4"], HABEAS_GA4_TOKEN_URL="http://a", HABEAS_GA4_BASE_URL="http://b")

    assert (systems["ga4"]["token_url"], systems["ga4"]["base_url"]) == ("http://a", "http://b")


def test_of_two_names_the_longer_is_meant(tmp_path: Path) -> None:
    """`s3_old` has its address, and `s3` no field of a strange name."""
    systems = read(tmp_path, ["s3", "s3_old"], HABEAS_S3_OLD_BASE_URL="http://old")

    assert systems["s3_old"]["base_url"] == "http://old"
    assert systems["s3"]["base_url"] == "https://vendor.example"
    assert "old_base_url" not in systems["s3"]


@pytest.mark.parametrize("variable", ["HABEAS_VAULT_URL", "HABEAS_LEDGER_URL", "HABEAS_SMTP_URL", "HABEAS_PUBLIC_URL"])
def test_our_own_addresses_are_nobody_elses(tmp_path: Path, variable: str) -> None:
    """Even of a system that has the same name."""
    name = variable.split("_")[1].lower()

    systems = read(tmp_path, [name], **{variable: "http://ours"})

    assert set(systems[name]) == {"kind", "base_url", "secret"}


def test_every_secret_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    """One run shows all there is to set."""
    read(tmp_path, ["a", "b"])

    with pytest.raises(settings.BadSettings) as refused:
        settings.read_systems(tmp_path / "systems.toml", {})

    assert [line.split("[")[1][0] for line in str(refused.value).splitlines()] == ["a", "b"]
