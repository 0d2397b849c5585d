"""Each regime's clock as data: how long, counted how, and which article says so.

Read in the primary text: California's acknowledgement and answer, GDPR 12 and Regulation 1182/71, LGPD 19, PIPEDA 8,
UK 12A. The others are from secondary sources: change them here when a reading says otherwise.
"""

from collections.abc import Mapping
from types import MappingProxyType

from dsar.clock_rules import BusinessDays, DutyRule, Effect, RegimeRules, WaitRule
from dsar.clock_sheet import Duty
from dsar.periods import Period
from dsar.requests import Regime, Right

RULES = "clock-2"
"""The version of what stands in this file and of how it is counted. Raised with every change that moves a date."""

PROMISE = Period.parse("45 days")
"""What the company promises to whom no statute promises anything."""

_ACCESS = (Right.KNOW, Right.ACCESS, Right.PORTABILITY)
_VERIFIABLE = (*_ACCESS, Right.DELETE, Right.CORRECT)


def promised(right: Right) -> tuple[DutyRule, ...]:
    """The duty that the privacy policy itself takes on; it has no extension."""
    duty = Duty.APPEAL if right is Right.APPEAL else Duty.RESPOND
    return (DutyRule(duty=duty, term=PROMISE, law="the privacy policy's own promise"),)


def _rule(duty: Duty, term: str, law: str) -> DutyRule:
    return DutyRule(duty=duty, term=Period.parse(term), law=law)


def _unmoved(law: str) -> WaitRule:
    return WaitRule(effect=Effect.NONE, law=law)


def _california() -> RegimeRules:
    business = "11 CCR 7021(a)"
    answer = (
        DutyRule(duty=Duty.ACKNOWLEDGE, term=BusinessDays(count=10), law=business),
        _rule(Duty.RESPOND, "45 days", "11 CCR 7021(b)"),
        _rule(Duty.EXTENDED, "90 days", "Cal. Civ. Code 1798.130(a)(2)(A)"),
    )
    opt_out = DutyRule(duty=Duty.OPT_OUT, term=BusinessDays(count=15), law="11 CCR 7026(f), no extension")
    limit = DutyRule(duty=Duty.LIMIT, term=BusinessDays(count=15), law="11 CCR 7027(g), no extension")
    return RegimeRules(
        title="California (CCPA)",
        zone="America/Los_Angeles",
        region="US-CA",
        proof=_unmoved("11 CCR 7021(b): whatever time verifying takes; 7026(d): an opt-out is not verified at all"),
        clarification=_unmoved("11 CCR 7021(b)"),
        rights=dict.fromkeys(_VERIFIABLE, answer) | {Right.OPT_OUT: (opt_out,), Right.LIMIT: (limit,)},
    )


def _state(
    title: str,
    zone: str,
    region: str,
    *,
    answer: str,
    appeal: str,
    more: Mapping[Right, tuple[DutyRule, ...]] | None = None,
) -> RegimeRules:
    """A state that follows Virginia's model: 45 days, 45 more with notice, an appeal in 60."""
    rules = (_rule(Duty.RESPOND, "45 days", answer), _rule(Duty.EXTENDED, "90 days", answer))
    appeals = {Right.APPEAL: (_rule(Duty.APPEAL, "60 days", appeal),)}
    return RegimeRules(
        title=title,
        zone=zone,
        region=region,
        proof=_unmoved(answer),
        clarification=_unmoved(answer),
        rights=dict.fromkeys((*_VERIFIABLE, Right.OPT_OUT), rules) | appeals | dict(more or {}),
    )


def _withdrawal(law: str) -> dict[Right, tuple[DutyRule, ...]]:
    return {Right.WITHDRAW: (_rule(Duty.RESPOND, "15 days", law),)}


def _colorado() -> dict[Right, tuple[DutyRule, ...]]:
    law = "C.R.S. 6-1-1306(3)"
    return {Right.APPEAL: (_rule(Duty.APPEAL, "45 days", law), _rule(Duty.EXTENDED, "105 days", law))}


def _month(law: str) -> dict[Right, tuple[DutyRule, ...]]:
    """GDPR 12(3): every right of the data subject; what other laws call opt-out or limit is an objection here."""
    rules = (_rule(Duty.RESPOND, "1 month", law), _rule(Duty.EXTENDED, "3 months", law))
    return {right: rules for right in Right if right not in {Right.APPEAL, Right.COMPLAINT}}


_COUNTRY_OF_ZONE = {
    "Europe/Amsterdam": "NL",
    "Europe/Athens": "GR",
    "Europe/Berlin": "DE",
    "Europe/Bratislava": "SK",
    "Europe/Brussels": "BE",
    "Europe/Bucharest": "RO",
    "Europe/Budapest": "HU",
    "Europe/Copenhagen": "DK",
    "Europe/Dublin": "IE",
    "Europe/Helsinki": "FI",
    "Europe/Lisbon": "PT",
    "Europe/London": "GB",
    "Europe/Ljubljana": "SI",
    "Europe/Luxembourg": "LU",
    "Europe/Madrid": "ES",
    "Europe/Malta": "MT",
    "Europe/Oslo": "NO",
    "Europe/Paris": "FR",
    "Europe/Prague": "CZ",
    "Europe/Riga": "LV",
    "Europe/Rome": "IT",
    "Europe/Sofia": "BG",
    "Europe/Stockholm": "SE",
    "Europe/Tallinn": "EE",
    "Europe/Vaduz": "LI",
    "Europe/Vienna": "AT",
    "Europe/Vilnius": "LT",
    "Europe/Warsaw": "PL",
    "Europe/Zagreb": "HR",
    "Asia/Nicosia": "CY",
    "Atlantic/Reykjavik": "IS",
}

REGION_OF_ZONE: Mapping[str, str] = MappingProxyType(
    _COUNTRY_OF_ZONE
    | {
        "America/Chicago": "US",
        "America/Denver": "US",
        "America/Los_Angeles": "US-CA",  # its table holds federal holidays only: Seattle has them, too
        "America/New_York": "US",
        "America/Sao_Paulo": "BR",
        "America/Toronto": "CA",
    }
)
"""Whose holidays count for a controller that names its zone but no region."""

_ZONE_OF_COUNTRY = {country: zone for zone, country in _COUNTRY_OF_ZONE.items()}

_EEA = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK"

_EU = RegimeRules(
    title="European Union (GDPR)",
    zone="Europe/Brussels",
    countries=frozenset(_EEA.split()),
    rolls="Regulation 1182/71, Art. 3(4)",
    proof=WaitRule(effect=Effect.PAUSES, law="GDPR 12(6); accepted by the Berlin authority if asked without delay"),
    clarification=_unmoved("GDPR 12(3)"),
    rights=_month("GDPR 12(3); Regulation 1182/71, Art. 3"),
)

_UK = RegimeRules(
    title="United Kingdom (UK GDPR)",
    zone="Europe/London",
    region="GB-ENG",
    countries=frozenset({"GB"}),
    rolls="ICO guidance on time limits",
    proof=WaitRule(effect=Effect.RESTARTS, law="UK GDPR 12A: from the latest of request, proof and fee"),
    clarification=WaitRule(effect=Effect.EXCLUDES, law="UK GDPR 12A: both days included"),
    rights=_month("UK GDPR 12(3), 12A")
    | {Right.COMPLAINT: (_rule(Duty.ACKNOWLEDGE, "30 days", "Data Protection Act 2018, s. 164A"),)},
    strict=frozenset({Right.COMPLAINT}),
)

_BRAZIL = RegimeRules(
    title="Brazil (LGPD)",
    zone="America/Sao_Paulo",
    region="BR",
    countries=frozenset({"BR"}),
    proof=_unmoved("LGPD 19"),
    clarification=_unmoved("LGPD 19"),
    rights={right: (_rule(Duty.RESPOND, "15 days", "LGPD 19, II"),) for right in Right if right is not Right.APPEAL},
)

_CANADA = RegimeRules(
    title="Canada (PIPEDA)",
    zone="America/Toronto",
    region="CA",
    countries=frozenset({"CA"}),
    proof=_unmoved("PIPEDA 8(3)"),
    clarification=_unmoved("PIPEDA 8(3)"),
    rights=dict.fromkeys(
        (*_VERIFIABLE, Right.WITHDRAW),
        (
            _rule(Duty.RESPOND, "30 days", "PIPEDA 8(3); silence is deemed refusal, 8(5)"),
            _rule(Duty.EXTENDED, "60 days", "PIPEDA 8(4)"),
        ),
    ),
)

_POLICY = RegimeRules(
    title="The privacy policy",
    zone="America/Los_Angeles",
    countries=None,
    proof=_unmoved("the privacy policy"),
    clarification=_unmoved("the privacy policy"),
    rights={},
)

REGIMES: Mapping[Regime, RegimeRules] = MappingProxyType(
    {
        Regime.US_CA: _california(),
        Regime.US_VA: _state(
            "Virginia (VCDPA)",
            "America/New_York",
            "US-VA",
            answer="Va. Code 59.1-577(B)(1)",
            appeal="Va. Code 59.1-577(C)",
        ),
        Regime.US_CO: _state(
            "Colorado (CPA)",
            "America/Denver",
            "US-CO",
            answer="C.R.S. 6-1-1306(2)",
            appeal="C.R.S. 6-1-1306(3)",
            more=_colorado(),
        ),
        Regime.US_CT: _state(
            "Connecticut (CTDPA)",
            "America/New_York",
            "US-CT",
            answer="Conn. Gen. Stat. 42-518(c)",
            appeal="Conn. Gen. Stat. 42-518(d)",
            more=_withdrawal("Conn. Gen. Stat. 42-520(a)(6)"),
        ),
        Regime.US_TX: _state(
            "Texas (TDPSA)",
            "America/Chicago",
            "US-TX",
            answer="Tex. Bus. & Com. Code 541.052",
            appeal="Tex. Bus. & Com. Code 541.053",
        ),
        Regime.US_DE: _state(
            "Delaware (DPDPA)",
            "America/New_York",
            "US-DE",
            answer="6 Del. C. 12D-104(c)",
            appeal="6 Del. C. 12D-104(d)",
            more=_withdrawal("6 Del. C. 12D-106(a)(6)"),
        ),
        Regime.EU: _EU,
        Regime.UK: _UK,
        Regime.BR: _BRAZIL,
        Regime.CA: _CANADA,
        Regime.POLICY: _POLICY,
    }
)


def home_zone(regime: Regime, region: str | None = None) -> str:
    """The controller's zone, where none is named: its region's, if that has only one, or the regime's usual one."""
    country = (region or "").partition("-")[0]
    return _ZONE_OF_COUNTRY.get(country, REGIMES[regime].zone)
