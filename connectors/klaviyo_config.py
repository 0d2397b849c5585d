"""Klaviyo's entry in systems.toml."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from connectors.connector import SystemConfig
from dsar.identity import Key


class KlaviyoConfig(SystemConfig):
    """Klaviyo's entry. `secret` is a private key.

    Its scopes: events:read, lists:read, profiles:read, profiles:write, segments:read, subscriptions:read,
    subscriptions:write and data-privacy:write.

    In systems.toml:

        [klaviyo]
        kind = "klaviyo"
        title = "Email platform (Klaviyo)"
        base_url = "https://a.klaviyo.com"
        secret = "env:KLAVIYO_API_KEY"      # Settings > API keys > Create private API key
        learns = ["customer_id"]
        external_id = "customer_id"         # what a profile's external id is: customer_id, user_id, or "" for neither
        deletion_takes = "P3D"              # when a deletion that Klaviyo accepted is looked for again
    """

    revision: str = "2026-07-15"
    """Sent with every request: the answers keep this shape until Klaviyo retires it, two years on."""
    external_id: Literal["customer_id", "user_id", ""] = "customer_id"
    """What a profile's external id is to the company; empty: nothing."""
    deletion_takes: timedelta = timedelta(days=3)
    """Klaviyo names no time: looked at again after this."""
    page_size: int = Field(default=100, ge=1, le=100)
    requests_per_second: float | None = 3.0
    """The least that Klaviyo allows of what is used here. In a minute it allows fewer, and says how long to wait."""

    @property
    def external_key(self) -> Key | None:
        """The kind of identifier that a profile's external id is."""
        return Key(self.external_id) if self.external_id else None
