"""The one base of every fact that travels between the parts."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Unknown fields are an error: a mistyped name must not pass in silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
