"""Mailchimp's entry in systems.toml."""

from pydantic import Field, field_validator

from connectors.connector import SystemConfig
from dsar.correction import Field as Correctable

USUAL = {
    Correctable.FIRST_NAME: "FNAME",
    Correctable.LAST_NAME: "LNAME",
    Correctable.PHONE: "PHONE",
    Correctable.ADDRESS: "ADDRESS",
    Correctable.COMPANY: "COMPANY",
}
"""The merge tags of a new audience, and the one that most companies add."""


class MailchimpConfig(SystemConfig):
    """Mailchimp's entry. `secret` is an API key; `base_url` names the data centre that ends it (`...-us1`)."""

    customer_id_merge_field: str = "CUSTOMERID"
    """The merge tag that holds the company's own number for the person; empty: none does."""
    client_id_merge_field: str = "GACLIENTID"
    """The merge tag that holds Google Analytics' client id; empty: none does."""
    fields: dict[Correctable, str] = Field(default_factory=dict)
    """The merge tags of what can be corrected, where they are not as in `USUAL`; empty: none holds it.

    A `name` is made of first and last name, unless it has a tag of its own here.
    """
    ecommerce: bool = True
    """Whether a shop is connected, whose customers are exported and erased too. Off saves the calls."""
    batch_from: int = Field(default=200, ge=1)
    """So many contacts and more, as a sweep has them, are deleted in one order that Mailchimp works off by itself."""
    batch_poll_seconds: float = Field(default=2.0, ge=0)
    batch_results_url: str = "https://mailchimp-api-batch.s3.amazonaws.com/"
    """Where Mailchimp keeps what came of such an order. Nothing is fetched from elsewhere."""
    page_size: int = Field(default=1000, ge=1, le=1000)
    max_connections: int = Field(default=8, ge=1, le=10)
    """Mailchimp allows a user ten at once."""
    timeout_seconds: float = 120.0
    """Mailchimp itself gives up after these two minutes."""

    @property
    def merge_tags(self) -> dict[Correctable, str]:
        """The merge tag of each field that has one."""
        return {field: tag for field, tag in (USUAL | self.fields).items() if tag}

    @field_validator("batch_results_url")
    @classmethod
    def _a_whole_host(cls, address: str) -> str:
        scheme, _, rest = address.partition("://")
        if scheme not in {"http", "https"} or not rest.endswith("/"):
            raise ValueError("batch_results_url: a whole address that ends in '/', or a longer host would fit too")
        return address

    @field_validator("fields")
    @classmethod
    def _not_the_address(cls, fields: dict[Correctable, str]) -> dict[Correctable, str]:
        if Correctable.EMAIL in fields:
            raise ValueError("email has no merge tag: it is the contact's own")
        return fields
