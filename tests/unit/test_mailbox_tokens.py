"""The mailbox that requests come to, where it takes no passwords."""

import json
import logging
from collections.abc import AsyncIterator
from datetime import date
from urllib.parse import urlsplit

import pytest

from intake.inbox import Address, BadInbox, InboxDown, opened, parse_address
from tests.contract.imap_fake import FakeImap
from tests.contract.token_endpoint import TokenEndpoint

LONG_AGO = date(2000, 1, 1)
MAIL = b"From: dana@somewhere.example\r\nSubject: CCPA Request\r\n\r\n" + b"Delete my data. " * 90_000


@pytest.fixture
async def endpoint() -> AsyncIterator[TokenEndpoint]:
    async with TokenEndpoint().serve() as serving:
        yield serving


def server(endpoint: TokenEndpoint) -> FakeImap:
    fake = FakeImap("IMAP4rev1 AUTH=XOAUTH2 SASL-IR")
    fake.tokens = endpoint.valid
    return fake


def address(at: str, secret: str) -> Address:
    return parse_address(f"imap://hello%40company.example@127.0.0.1:{urlsplit(at).port}", secret)


async def test_a_mailbox_is_read_with_one_token_however_often(endpoint: TokenEndpoint) -> None:
    """A mail of more than one piece comes whole; the next look needs no new token."""
    fake = server(endpoint)
    uid = fake.put("INBOX", MAIL)

    async with fake.serve() as at:
        where = address(at, endpoint.secret())
        for _ in range(2):
            async with opened(where) as inbox:
                (found,) = await inbox.uids_after(0, LONG_AGO)
                delivery = await inbox.fetch(found)
                gone = await inbox.fetch(found + 1)
                await inbox.flag(found)

    assert found == uid
    assert gone is None
    assert delivery is not None
    assert (delivery.raw, delivery.whole) == (MAIL, True)
    assert fake.users == ["hello@company.example"] * 2
    assert len(endpoint.asked) == 1


async def test_a_token_that_cannot_be_had_is_told_with_the_setting(
    endpoint: TokenEndpoint, caplog: pytest.LogCaptureFixture
) -> None:
    """Where to look and what to get there; neither the credential nor the mailbox's address is in the text."""
    caplog.set_level(logging.DEBUG)
    async with server(endpoint).serve() as at:
        with pytest.raises(InboxDown, match="refresh_token in HABEAS_IMAP_SECRET") as refused:
            async with opened(address(at, endpoint.secret(refresh_token="canary-old"))):
                pass

    said = f"{refused.value} {caplog.text}"
    assert "invalid_grant" in said
    assert "canary" not in said
    assert "company.example" not in said


async def test_a_token_that_the_server_refuses_is_told_too(endpoint: TokenEndpoint) -> None:
    """It gives tokens for something else."""
    fake = server(endpoint)
    fake.tokens = set()

    async with fake.serve() as at:
        with pytest.raises(InboxDown, match="refuses the access token of HABEAS_IMAP_SECRET"):
            async with opened(address(at, endpoint.secret())):
                pass


@pytest.mark.parametrize("secret", ['{"token_url": "canary"}', '{"client_id": 1', "{}"])
def test_a_credential_that_is_none_is_refused(secret: str) -> None:
    """Before anything is sent anywhere, and without quoting it."""
    with pytest.raises(BadInbox, match="HABEAS_IMAP_SECRET: the secret is JSON") as refused:
        parse_address("imaps://hello@mail.example", secret)

    assert "canary" not in str(refused.value)


def test_a_credential_may_stand_on_many_lines_and_never_shows() -> None:
    """As files of JSON do; a password may not."""
    grant = {"token_url": "https://login.example/token", "client_id": "a", "client_secret": "canary"}

    found = parse_address("imaps://hello@mail.example", json.dumps(grant, indent=1))

    assert "canary" not in repr(found)
    with pytest.raises(BadInbox):
        parse_address("imaps://hello@mail.example", "two\nlines")
