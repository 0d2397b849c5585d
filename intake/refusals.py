"""What the desk says no to."""


class Refused(Exception):
    """What was asked cannot be done as it stands. The text says why and what to do; it holds no personal data."""


class NotFound(Exception):
    """There is no such request, task or link."""
