"""Letters leave through a mail server that takes no passwords."""

import asyncio
import logging
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from activities.mail import SmtpMail
from connectors.connector import TryLater
from settings import BadSettings, _letters_secret
from tests.contract.token_endpoint import TokenEndpoint

USER = "privacy@company.example"


class Server:
    """Takes letters from who brings a token that is good."""

    def __init__(self, tokens: set[str]) -> None:
        self.tokens = tokens
        self.letters = 0

    async def auth_XOAUTH2(self, server: SMTP, args: list[str]) -> AuthResult:  # noqa: N802 - SMTP's name
        user, token, *_ = b64decode(args[1], validate=True).decode().split("\x01")
        if user == f"user={USER}" and token.removeprefix("auth=Bearer ") in self.tokens:
            return AuthResult(success=True)
        assert await server.challenge_auth(b'{"status":"400"}') == b""
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - SMTP's name
        assert session.authenticated
        self.letters += 1
        return "250 OK"


@pytest.fixture
async def endpoint() -> AsyncIterator[TokenEndpoint]:
    async with TokenEndpoint().serve() as serving:
        yield serving


@asynccontextmanager
async def post(server: Server, secret: str) -> AsyncIterator[SmtpMail]:
    def speaking() -> SMTP:
        return SMTP(server, loop=loop, auth_require_tls=False)

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(speaking, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    mail = SmtpMail(f"smtp://{USER.replace('@', '%40')}@127.0.0.1:{port}", USER, secret)
    try:
        yield mail
    finally:
        await mail.close()
        listening.close()


async def sent(mail: SmtpMail) -> None:
    await mail.send("dana@somewhere.example", "Hello", "Hello", "id-1")


async def test_a_letter_leaves_with_a_token(endpoint: TokenEndpoint) -> None:
    """One token for many letters; one that was revoked is replaced at the next try."""
    server = Server(endpoint.valid)

    async with post(server, endpoint.secret()) as mail:
        await sent(mail)
        await mail.close()
        await sent(mail)
        await mail.close()
        endpoint.valid.clear()
        with pytest.raises(TryLater):
            await sent(mail)
        await sent(mail)

    assert server.letters == 3
    assert len(endpoint.asked) == 2


@pytest.mark.parametrize("refused_by", ["the endpoint", "the mail server"])
async def test_what_nobody_lets_in_waits_and_says_which_setting(
    endpoint: TokenEndpoint, refused_by: str, caplog: pytest.LogCaptureFixture
) -> None:
    """No letter is lost; neither the credential nor a token is told."""
    caplog.set_level(logging.DEBUG)
    server = Server(endpoint.valid)
    if refused_by == "the endpoint":
        endpoint.refreshing = set()
    else:
        server.tokens = set()

    async with post(server, endpoint.secret()) as mail:
        with pytest.raises(TryLater, match="HABEAS_SMTP_SECRET") as refused:
            await sent(mail)

    assert "canary" not in f"{refused.value} {caplog.text}"
    assert server.letters == 0


def test_the_secret_is_where_its_reference_says() -> None:
    """A password or a credential; a broken one, or a second password, is found at the start, and not quoted."""
    url = {"HABEAS_SMTP_URL": "smtp://me@mail.example:587", "HABEAS_SMTP_SECRET": "env:IT"}

    assert _letters_secret({}).get_secret_value() == ""
    assert _letters_secret(url | {"IT": "password"}).get_secret_value() == "password"
    for wrong in (
        url,
        url | {"IT": ""},
        url | {"IT": '{"client_secret": "canary"}'},
        url | {"IT": "canary", "HABEAS_SMTP_URL": "smtp://me:canary@mail.example:587"},
        url | {"IT": "canary", "HABEAS_SMTP_URL": "smtp://mail.example:587"},
        url | {"HABEAS_SMTP_SECRET": "canary"},
    ):
        with pytest.raises(BadSettings, match="HABEAS_SMTP_SECRET") as refused:
            _letters_secret(wrong)
        assert "canary" not in str(refused.value)
