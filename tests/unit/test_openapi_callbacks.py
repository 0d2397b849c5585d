"""What partners are called with is what `/openapi.json` tells them to expect."""

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest
from jsonschema import Draft202012Validator

from dsar.case import Ending, State
from dsar.requests import Right
from ledger.ledger import Ledger
from ledger.partners import PartnerRequest
from tests.unit.opendsr_rig import CALLBACK, opendsr_door
from tests.unit.served_rig import everything
from tests.unit.web_rig import FakeDesk
from tests.vectors.make_opendsr import REF
from web.drp.states import status_object
from web.standing import Stand

DOCUMENT = everything()
STANDS = [*[(state, None) for state in State], *[(State.ANSWERED, ending) for ending in Ending]]


def asked(partner: str, *, withdrawn: bool = False) -> PartnerRequest:
    at = datetime(2026, 5, 5, 12, tzinfo=UTC)
    return PartnerRequest(
        partner=partner,
        ref=REF,
        request_id=f"request-{'a' * 24}",
        partner_ref="agent-request-1",
        digest="0" * 64,
        joined=False,
        received_at=at,
        withdrawn_at=at if withdrawn else None,
    )


def expect(name: str, told: object) -> None:
    """Hold a body to the description; what is not described is not told."""
    schema = DOCUMENT["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    content: dict[str, Any] = json.loads(json.dumps(told))
    known = schema if "properties" in schema else DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]

    Draft202012Validator(schema | {"components": DOCUMENT["components"]}).validate(content)
    assert content.keys() <= known["properties"].keys()


@pytest.mark.parametrize("withdrawn", [False, True])
@pytest.mark.parametrize(("state", "ending"), STANDS)
def test_a_callback_is_as_described(state: State, ending: Ending | None, withdrawn: bool) -> None:
    """In each state, with each ending, and taken back: OpenDSR's, and that of the Data Rights Protocol."""
    stands = Stand(right=Right.DELETE, state=state, ending=ending, due=date(2026, 6, 19), safe=date(2026, 6, 18))
    door = opendsr_door(FakeDesk(), cast("Ledger", SimpleNamespace(partners=None)))

    told = door.standing(asked("opendsr:acme", withdrawn=withdrawn), stands) | {"status_callback_url": CALLBACK}
    status = status_object(asked("drp:EXAMPLE_AGENT", withdrawn=withdrawn), stands)

    expect("opendsrStatus", told)
    expect("drpStatus", json.loads(status.model_dump_json(exclude_none=True)))
