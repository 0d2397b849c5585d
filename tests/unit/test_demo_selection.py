"""The files that demo, benchmark and end-to-end tests run with are sound, whatever else the shipped ones name."""

import tomllib
from pathlib import Path

import pytest

import settings
from demo import selection
from tests.end_to_end.holdings import systems_toml

POLICY = Path("policy.toml").read_text(encoding="utf-8")
SHIPPED = Path("systems.toml").read_text(encoding="utf-8")
CREDENTIAL = '{"access_key_id": "a", "secret_access_key": "b"}'


@pytest.mark.parametrize(
    "systems",
    [selection.data_map(SHIPPED), Path("bench/systems.toml").read_text(encoding="utf-8"), systems_toml("http://a")],
    ids=["demo", "bench", "end_to_end"],
)
def test_each_data_map_fits_the_selected_policy(tmp_path: Path, systems: str) -> None:
    """Five systems, and no mistake in either file."""
    (tmp_path / "policy.toml").write_text(selection.policy(POLICY), encoding="utf-8")
    (tmp_path / "systems.toml").write_text(systems, encoding="utf-8")
    secrets = {entry["secret"].removeprefix("env:"): CREDENTIAL for entry in tomllib.loads(systems).values()}
    places = {"HABEAS_POLICY": str(tmp_path / "policy.toml"), "HABEAS_SYSTEMS": str(tmp_path / "systems.toml")}

    checked = settings.check({**secrets, **places})

    assert checked.mistakes == ()
    assert set(checked.entries) == set(selection.SYSTEMS)


def test_what_is_selected_says_what_is_shipped() -> None:
    """Nothing but the selection differs: the demo shows the product."""
    shipped, selected = tomllib.loads(SHIPPED), tomllib.loads(selection.data_map(SHIPPED))
    categories = tomllib.loads(selection.policy(POLICY))["categories"]

    assert selected == {name: shipped[name] for name in shipped if name in selection.SYSTEMS}
    for name, category in tomllib.loads(POLICY)["categories"].items():
        assert categories[name] == {**category, "systems": [s for s in category["systems"] if s in selection.SYSTEMS]}


def test_systems_with_longer_names_are_not_taken_for_others() -> None:
    """And a table of a system's own goes with it."""
    text = "[s3]\na = 1\n[[s3.rules]]\nb = 1\n[s3_old]\n[[s3_old.rules]]\nc = 1\n[ga4]\n"

    assert tomllib.loads(selection.data_map(text)) == {"s3": {"a": 1, "rules": [{"b": 1}]}, "ga4": {}}
