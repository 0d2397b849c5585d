"""What a copy says beside the data."""

from pathlib import Path

from dsar import disclosures
from dsar.policy_check import parse_policy
from dsar.requests import Regime

POLICY = parse_policy(Path("policy.toml").read_text(encoding="utf-8"))


def test_every_category_says_what_its_data_is_used_for() -> None:
    """The shipped policy leaves no purpose out."""
    assert disclosures.purposes(POLICY).keys() == POLICY.categories.keys()


def test_what_was_found_is_told_how_long_it_is_kept_and_by_what_law() -> None:
    """A period each, with the law where a law asks for it; categories that were not found are not mentioned."""
    found = ["website analytics", "financial records and invoices", "social media interactions", "unheard of"]

    invoices, analytics = disclosures.kept(POLICY, found)

    assert invoices.startswith("Financial records and invoices: kept for 7 years after it was created, because of tax")
    assert analytics == "Website analytics: kept for 38 months after it was created."


def test_everybody_is_told_where_to_complain() -> None:
    """Each regime names an authority, and the company's own door first."""
    for regime in Regime:
        told = " ".join(disclosures.rights(regime, POLICY.controller))

        assert POLICY.controller.contact in told
        assert "You can complain to " in told


def test_the_systems_that_hold_the_data_are_named() -> None:
    """By the titles that people know."""
    assert "Mailchimp, Figma" in disclosures.recipients(["Mailchimp", "Figma"])
