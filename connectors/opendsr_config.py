"""An entry of systems.toml with `kind = "opendsr"`: a processor that takes requests by OpenDSR 2.0."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from connectors.connector import SystemConfig
from connectors.opendsr_signing import authorities
from dsar.identity import Key

IDENTITY_TYPES = {"email": Key.EMAIL, "controller_customer_id": Key.CUSTOMER_ID}
"""What we can name somebody by, of all that the specification knows (5.1)."""

CALLBACKS = "/v2/callbacks/"
"""Where processors call us, each under the name of its entry."""

Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253)]


class OpenDsrConfig(SystemConfig):
    """Where the processor is, and what makes its word believed."""

    base_url: Annotated[str, StringConstraints(pattern=r"^https?://[^?#\s]+/v2$")]
    """With the major version, without a slash behind it: `https://privacy.processor.example/v2`."""
    secret: SecretStr = SecretStr("")
    """The bearer token that the processor gave us; empty, where it asks for none."""
    processor_domain: Domain
    """Whose word is believed: `X-OpenDSR-Processor-Domain` must say it, and the certificate must be for it."""
    trusted_ca: Path | None = None
    """A PEM bundle of the authorities that may issue its certificate; `None`: those that this machine trusts."""
    regulation: Literal["gdpr", "ccpa"]
    """The law that requests are passed on under."""
    category: str
    """The category of policy.toml that all of it belongs to; what is kept by another rule has an entry of its own."""
    identity_types: frozenset[Literal["email", "controller_customer_id"]] = Field(
        default=frozenset({"email"}), min_length=1
    )
    """What the processor may be told of a person, of what it can search by: our customers' numbers mean something
    there only if we gave them to it."""
    callback_url: Annotated[str, StringConstraints(pattern=r"^https://[^?#\s]+$", max_length=200)] | None = None
    """Where it tells us what changed: HABEAS_PUBLIC_URL and `/v2/callbacks/<entry>`; `None`: it is only asked."""

    @field_validator("trusted_ca")
    @classmethod
    def _is_a_bundle(cls, path: Path | None) -> Path | None:
        """What cannot be read is found at the start, not at the first request."""
        if path is not None:
            try:
                authorities(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                raise ValueError("must be the path of a file with certificates in PEM") from None
        return path

    @model_validator(mode="after")
    def _is_heard(self) -> Self:
        """Elsewhere nobody would listen."""
        if self.callback_url and urlsplit(self.callback_url).path != CALLBACKS + self.name:
            raise ValueError(f"callback_url must be HABEAS_PUBLIC_URL and {CALLBACKS}{self.name}")
        return self
