"""What is said beside a copy."""

from pathlib import Path

from dsar.particulars import particulars, statements
from dsar.policy import Disclosures
from dsar.policy_check import parse_policy
from dsar.requests import Regime

POLICY = parse_policy(Path("policy.toml").read_text(encoding="utf-8"))


def test_every_category_says_all_that_the_law_asks() -> None:
    """What for, from where, and how long or until when (GDPR 15(1)(a), (d), (g))."""
    said = particulars(POLICY)

    assert said.keys() == POLICY.categories.keys()
    assert all(each.purpose and each.origin and each.kept for each in said.values())
    invoices = said["financial records and invoices"]
    assert invoices.kept.startswith("7 years after its creation, because of tax and accounting law")
    assert "our accountant" in invoices.recipients
    assert said["marketing data"].kept == "until you take back your consent or ask us to erase it"
    assert said["workshop attendance"].kept == "as long as it is used for that, or until you ask us to erase it"
    assert said["workshop attendance"].sensitive
    assert said["cookies and tracking"].shared


def test_decisions_by_machines_and_data_abroad_are_spoken_of() -> None:
    """As the policy says it; where it says nothing, nothing is said (GDPR 15(1)(h), (2))."""
    silent = POLICY.model_copy(update={"disclosures": Disclosures(automated_decisions="", transfers="")})

    assert statements(POLICY, Regime.EU) == (POLICY.disclosures.automated_decisions, POLICY.disclosures.transfers)
    assert statements(silent, Regime.EU) == ()


def test_californians_are_told_what_is_shared_or_that_nothing_is() -> None:
    """Cal. Civ. Code 1798.130(a)(5)(C)."""
    kept_here = {name: c.model_copy(update={"shared": False}) for name, c in POLICY.categories.items()}
    nothing = POLICY.model_copy(update={"categories": kept_here})

    assert "cookies and tracking" in statements(POLICY, Regime.US_CA)[-1]
    assert statements(nothing, Regime.US_CA)[-1].startswith("We have sold no personal data")
