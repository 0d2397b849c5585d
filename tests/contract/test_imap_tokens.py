"""A mailbox that takes no passwords: OAuth 2.0 at a token endpoint, and what a person is told when it says no."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError
from pysasl.mechanism import ChallengeResponse
from pysasl.mechanism.oauth import OAuth2Mechanism

from connectors.connector import NeedsPerson, TryLater
from connectors.imap import Imap
from connectors.imap_login import first_response
from connectors.oauth import Tokens, grant_in
from dsar.identity import Key
from tests.contract.acts import locate
from tests.contract.imap_fake import FakeImap
from tests.contract.people import ADA
from tests.contract.rigs.imap import config, mail
from tests.contract.token_endpoint import CLIENT, CLIENT_SECRET, REFRESH, SCOPE, TokenEndpoint

(ADDRESS,) = ADA.values(Key.EMAIL)
BOTH = "IMAP4rev1 UIDPLUS SASL-IR AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER"
MICROSOFT = "IMAP4rev1 UIDPLUS AUTH=PLAIN AUTH=XOAUTH2 SASL-IR"


@pytest.fixture
async def endpoint() -> AsyncIterator[TokenEndpoint]:
    async with TokenEndpoint().serve() as serving:
        yield serving


def server(endpoint: TokenEndpoint, capabilities: str = MICROSOFT) -> FakeImap:
    """It takes the endpoint's tokens, and holds a mail of Ada's."""
    fake = FakeImap(capabilities)
    fake.tokens = endpoint.valid
    fake.put("INBOX", mail(ADDRESS))
    return fake


@asynccontextmanager
async def mailbox(fake: FakeImap, secret: str, user: str = "hello@company.example") -> AsyncIterator[Imap]:
    async with fake.serve() as address:
        yield Imap(config(address, user, secret=secret))


@pytest.mark.parametrize(
    ("capabilities", "mechanism"),
    [
        (BOTH, "OAUTHBEARER"),
        (MICROSOFT, "XOAUTH2"),
        ("IMAP4rev1 UIDPLUS AUTH=XOAUTH2", "XOAUTH2"),
        ("IMAP4rev1 UIDPLUS AUTH=OAUTHBEARER", "OAUTHBEARER"),
    ],
)
async def test_a_token_opens_the_mailbox(endpoint: TokenEndpoint, capabilities: str, mechanism: str) -> None:
    """By the better mechanism of those that are offered, with the command where that may be; no password is sent."""
    fake = server(endpoint, capabilities)

    async with mailbox(fake, endpoint.secret()) as connector:
        records = await locate(connector, ADA)

    begun = [each.split()[:2] for each in fake.heard if each.startswith("AUTHENTICATE")]
    assert len(records) == 1
    assert begun[0] == ["AUTHENTICATE", mechanism]
    assert set(fake.users) == {"hello@company.example"}
    assert not [each for each in fake.heard if each.startswith("LOGIN")]


async def test_a_token_is_used_again_until_shortly_before_its_end(endpoint: TokenEndpoint) -> None:
    """Each connection does not ask for another: endpoints count, too."""
    now = [1000.0]
    grant = grant_in(endpoint.secret())
    assert grant
    tokens = Tokens(grant, "the secret", clock=lambda: now[0])

    first = await tokens.token()
    now[0] += 3400
    second = await tokens.token()
    now[0] += 100
    third = await tokens.token()

    assert (first.is_new, second.is_new, third.is_new) == (True, False, True)
    assert first.value == second.value != third.value
    assert (
        endpoint.asked
        == [
            {
                "grant_type": "refresh_token",
                "client_id": CLIENT,
                "client_secret": CLIENT_SECRET,
                "refresh_token": REFRESH,
                "scope": SCOPE,
            }
        ]
        * 2
    )


async def test_an_application_may_act_by_itself(endpoint: TokenEndpoint) -> None:
    """Without a refresh token it asks by its own right (client credentials)."""
    async with mailbox(server(endpoint), endpoint.secret(refresh_token=None)) as connector:
        await locate(connector, ADA)

    assert [form["grant_type"] for form in endpoint.asked] == ["client_credentials"]
    assert "refresh_token" not in endpoint.asked[0]


async def test_a_refresh_token_that_is_replaced_is_used_from_then_on(endpoint: TokenEndpoint) -> None:
    """Microsoft gives a new one with each token; some endpoints take the old one no more."""
    endpoint.gives = {"refresh_token": "the next one", "expires_in": "0"}
    async with mailbox(server(endpoint), endpoint.secret()) as connector:
        await locate(connector, ADA)
        endpoint.refreshing = {"the next one"}
        await locate(connector, ADA)

    assert endpoint.asked[0]["refresh_token"] == REFRESH
    assert endpoint.asked[-1]["refresh_token"] == "the next one"


async def test_a_token_that_was_revoked_before_its_end_is_replaced(endpoint: TokenEndpoint) -> None:
    """The server refuses the old one; with a new one the same connection goes on, and nobody notices."""
    fake = server(endpoint)
    async with mailbox(fake, endpoint.secret()) as connector:
        await locate(connector, ADA)
        endpoint.valid.clear()
        records = await locate(connector, ADA)

    assert len(records) == 1
    assert len(endpoint.asked) == 2


async def test_what_the_mail_server_refuses_though_it_is_new_is_told_to_a_person(endpoint: TokenEndpoint) -> None:
    """A scope for something else, or no right to this mailbox: which setting, and what to see to."""
    fake = server(endpoint)
    fake.tokens = set()

    async with mailbox(fake, endpoint.secret()) as connector:
        with pytest.raises(NeedsPerson, match=r"the secret of \[mailbox\] in systems.toml") as refused:
            await locate(connector, ADA)

    assert len([each for each in fake.heard if each.startswith("AUTHENTICATE")]) == 1
    assert "IMAP.AccessAsApp" in refused.value.instructions
    assert "canary" not in f"{refused.value} {refused.value.instructions}"


@pytest.mark.parametrize(
    ("changed", "why", "remedy"),
    [
        ({"refresh_token": "canary-old"}, "refuses (400 invalid_grant)", "in as the mailbox once more"),
        ({"client_secret": "canary-wrong"}, "refuses (401 invalid_client AADSTS7000215)", "Certificates & secrets"),
    ],
)
async def test_a_credential_that_is_over_is_told_with_the_setting_and_where_to_get_a_new_one(
    endpoint: TokenEndpoint, changed: dict[str, str], why: str, remedy: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither the credential nor what the endpoint says of it is in the text, or in a log."""
    caplog.set_level(logging.DEBUG)
    async with mailbox(server(endpoint), endpoint.secret(**changed)) as connector:
        with pytest.raises(NeedsPerson) as refused:
            await locate(connector, ADA)

    assert why in str(refused.value)
    assert next(iter(changed)) in refused.value.instructions
    assert remedy in refused.value.instructions
    assert "canary" not in f"{refused.value} {refused.value.instructions} {caplog.text}"
    assert refused.value.__cause__ is None


async def test_tokens_are_in_no_log_and_in_no_picture_of_what_holds_them(
    endpoint: TokenEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """Logging everything, from the credential to the mailbox."""
    caplog.set_level(logging.DEBUG)
    async with mailbox(server(endpoint), endpoint.secret()) as connector:
        await locate(connector, ADA)
        grant = grant_in(endpoint.secret())
        assert grant
        seen = f"{caplog.text} {connector.config!r} {grant!r} {await Tokens(grant, 'it').token()!r}"

    assert endpoint.asked
    assert "canary" not in seen


@pytest.mark.parametrize(
    "answer",
    [
        (429, {"error": "slow_down"}),
        (503, "<html>"),
        (400, "<html>a gateway</html>"),
        (400, {"error": "temporarily_unavailable"}),
        (200, "<html>"),
        (200, {"access_token": ""}),
        (200, {"access_token": "with a space\r\nh9 LOGOUT"}),
        (200, {"access_token": "x", "expires_in": "soon"}),
    ],
)
async def test_an_endpoint_that_is_not_well_is_tried_later(endpoint: TokenEndpoint, answer: tuple[int, Any]) -> None:
    """Nor is what it says passed on to the mail server."""
    endpoint.refuses = answer
    fake = server(endpoint)

    async with mailbox(fake, endpoint.secret()) as connector:
        with pytest.raises(TryLater, match="the token endpoint"):
            await locate(connector, ADA)

    assert set(fake.heard) <= {"CAPABILITY", "LOGOUT"}


async def test_an_endpoint_that_sends_elsewhere_is_not_followed(endpoint: TokenEndpoint) -> None:
    """A credential goes to the address that it names."""
    async with TokenEndpoint().serve() as elsewhere:
        endpoint.redirects = elsewhere.url
        async with mailbox(server(endpoint), endpoint.secret()) as connector:
            with pytest.raises(NeedsPerson, match="307"):
                await locate(connector, ADA)

        assert elsewhere.asked == []


async def test_an_endpoint_that_is_not_there_is_tried_later(endpoint: TokenEndpoint) -> None:
    """Its host may be down like any other."""
    secret = endpoint.secret(token_url="http://127.0.0.1:9/token")

    async with mailbox(server(endpoint), secret) as connector:
        with pytest.raises(TryLater, match="does not answer"):
            await locate(connector, ADA)


async def test_a_server_that_takes_no_tokens_is_told_to_a_person(endpoint: TokenEndpoint) -> None:
    """A token is not handed to whoever did not ask for one."""
    fake = server(endpoint, "IMAP4rev1 UIDPLUS AUTH=PLAIN")

    async with mailbox(fake, endpoint.secret()) as connector:
        with pytest.raises(NeedsPerson, match="takes no access tokens"):
            await locate(connector, ADA)

    assert endpoint.asked == []


@pytest.mark.parametrize(
    "changed",
    [
        {"token_url": "http://login.example/token"},
        {"token_url": "login.example"},
        {"client_id": None},
        {"client_secret": None, "refresh_token": None},
        {"pasword": "canary"},
    ],
)
def test_a_credential_that_is_none_is_refused_without_quoting_it(changed: dict[str, Any]) -> None:
    """When the worker starts, and with the field that is wrong."""
    endpoint = TokenEndpoint()
    endpoint.url = "https://login.example/token"
    secret = endpoint.secret(**changed)

    with pytest.raises(ValidationError) as refused:
        config("imaps://mail.example", "box", secret=secret)

    said = "; ".join(each["msg"] for each in refused.value.errors())
    assert "no OAuth credential" in said
    assert "canary" not in said


@pytest.mark.parametrize("password", ["secret", "{curly}", "{", json.dumps("quoted"), "[1]", ""])
def test_a_password_may_look_like_anything_but_an_object(password: str) -> None:
    """Only what begins as a JSON object is read as one."""
    assert grant_in(password) is None


def test_responses_are_those_that_others_read() -> None:
    """XOAUTH2 as another library reads it; OAUTHBEARER as the example in RFC 7628, 4.1, and its names escaped."""
    response = first_response("XOAUTH2", "ada@example.com", "ya29.x", ("h", 993))
    credentials, _ = OAuth2Mechanism().server_attempt([ChallengeResponse(b"", response)])
    bearer = first_response(
        "OAUTHBEARER", "user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", ("server.example.com", 143)
    )

    assert credentials.authzid == "ada@example.com"
    assert bearer == (
        b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
        b"auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
    )
    assert b"a=a=3Db=2Cc," in first_response("OAUTHBEARER", "a=b,c", "t", ("h", 1))
