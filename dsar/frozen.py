"""The one base of every fact that travels between the parts."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable value. Unknown fields are an error: a mistyped name must not pass in silence.

    A validation error does not show the value that it refuses: its text reaches logs, and values are personal data.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
