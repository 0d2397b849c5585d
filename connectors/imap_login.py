"""Logging in to a mail server: with a password, or with an access token (RFC 7628, and XOAUTH2 as Google wrote it)."""

from base64 import b64encode

from connectors.connector import NeedsPerson
from connectors.imap_wire import Reply, Wire, quoted
from connectors.oauth import Tokens

PASSING = frozenset({"UNAVAILABLE", "LIMIT", "INUSE", "SERVERBUG", "OVERQUOTA", "TRYAGAIN"})
"""RFC 5530, and what Gmail says of its limits."""

MECHANISMS = ("OAUTHBEARER", "XOAUTH2")
"""The better described first."""
GIVE_UP = {"OAUTHBEARER": b"\x01", "XOAUTH2": b""}
"""What a server wants to hear before it says no (RFC 7628, 3.2.3)."""


async def log_in(wire: Wire, user: str, key: str | Tokens, at: tuple[str, int]) -> Reply:
    """Log in, and the server's last word. A token that is refused is replaced by a new one, once.

    Args:
        wire: a connection on which nothing was said yet.
        user: most often the mailbox's address.
        key: a password, or where tokens come from.
        at: host and port, as a token's log-in names them.

    Raises:
        TryLater: the connection broke, or there is no token now.
        NeedsPerson: there is no token for us, or the server takes none.
    """
    if isinstance(key, str):
        return await wire.command("LOGIN", quoted(user), quoted(key))
    offered = await capabilities(wire)
    mechanism = next((each for each in MECHANISMS if f"AUTH={each}" in offered), None)
    if mechanism is None:
        raise NeedsPerson(
            "the mail server takes no access tokens",
            "It offers neither OAUTHBEARER nor XOAUTH2: see that the address is the right one, or use a password.",
        )
    while True:
        token = await key.token()
        first = _encoded(first_response(mechanism, user, token.value, at))
        give_up = _encoded(GIVE_UP[mechanism])
        reply = await wire.authenticate(mechanism, first, give_up, at_once="SASL-IR" in offered)
        if reply.status == "OK" or is_busy(reply):
            return reply
        key.forget(token)
        if token.is_new:
            return reply


async def capabilities(wire: Wire) -> frozenset[str]:
    """What the server says it can do now, in capitals."""
    told = await wire.command("CAPABILITY")
    words = (word for line in told.lines if line.text.upper().startswith(b"CAPABILITY") for word in line.text.split())
    return frozenset(word.decode("ascii", "replace").upper() for word in words)


def is_busy(reply: Reply) -> bool:
    """Whether a refusal only means "not now"."""
    return reply.status == "NO" and (reply.code in PASSING or "too many" in reply.said.lower())


def first_response(mechanism: str, user: str, token: str, at: tuple[str, int]) -> bytes:
    """What the client says first: the user, the token, and, by RFC 7628, to whom."""
    if mechanism == "XOAUTH2":
        return f"user={user}\x01auth=Bearer {token}\x01\x01".encode()
    named = user.replace("=", "=3D").replace(",", "=2C")  # a saslname (RFC 5801, 4)
    return f"n,a={named},\x01host={at[0]}\x01port={at[1]}\x01auth=Bearer {token}\x01\x01".encode()


def _encoded(response: bytes) -> str:
    return b64encode(response).decode("ascii")
