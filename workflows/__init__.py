"""The story of a request, in order, as the law tells it. Deterministic: no I/O, no clock but `workflow.now()`."""
