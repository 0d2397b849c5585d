"""An entry of systems.toml with `kind = "meta"`."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from connectors.connector import SystemConfig
from dsar.identity import Key

Number = Annotated[str, StringConstraints(pattern="^[0-9]+$")]

QUESTIONS = {
    "email": Key.EMAIL,
    "work_email": Key.EMAIL,
    "phone_number": Key.PHONE,
    "work_phone_number": Key.PHONE,
}
"""Meta's own questions that tell people apart; a form can name its fields otherwise."""


class Tokens(BaseModel):
    """What the secret holds: a token by itself, or JSON with these fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: SecretStr = Field(min_length=1)
    """A system user's, with ads_management, leads_retrieval, pages_show_list, pages_read_engagement and
    pages_manage_ads."""
    pages: Mapping[Number, SecretStr] = Field(default_factory=dict)
    """A Page's own token, where the system user's may not read its leads."""

    @classmethod
    def of(cls, secret: SecretStr) -> "Tokens":
        """Read the secret."""
        text = secret.get_secret_value().strip()
        if not text.startswith("{"):
            return cls(token=SecretStr(text))
        try:
            return cls.model_validate(json.loads(text))
        except (ValueError, ValidationError):
            raise ValueError("a token, or JSON with token and pages") from None


class MetaConfig(SystemConfig):
    """Which audiences and forms there are, and what of the company's own knowledge helps."""

    ad_accounts: tuple[Number, ...] = ()
    """Whose custom audiences may hold people: Ads Manager > the account's number, without `act_`."""
    pages: tuple[Number, ...] = ()
    """Whose lead forms are searched: Page > About > Page transparency > Page ID."""
    pixels: tuple[Number, ...] = ()
    """Datasets (pixels, conversions API) that events go to: each makes a person's task, for no call finds or deletes
    an event."""
    sent_lists: Path | None = None
    """The company's own record of uploads (connectors/sent_lists.py); without it everybody is assumed to be in."""
    exclusion_audience: Number | None = None
    """A customer list that every ad set excludes, and that nothing else fills: who is suppressed is put on it."""
    questions: Mapping[str, Key] = Field(default=QUESTIONS)
    """The fields of the forms that hold an identifier."""
    lead_category: str = "marketing campaign data"
    audience_category: str = "marketing campaign data"
    event_category: str = "cookies and tracking"
    recheck_after: timedelta = timedelta(hours=24)
    """When a removal should be through: Meta says that changes usually take up to 24 hours."""
    page_size: int = Field(default=100, ge=1, le=500)

    @model_validator(mode="after")
    def _looks_somewhere(self) -> "MetaConfig":
        if not (self.ad_accounts or self.pages or self.pixels or self.sent_lists):
            raise ValueError("give ad_accounts, pages, pixels or sent_lists: nothing would ever be found")
        return self

    @field_validator("secret")
    @classmethod
    def _is_a_credential(cls, secret: SecretStr) -> SecretStr:
        Tokens.of(secret)
        return secret
