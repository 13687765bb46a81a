"""What a domain function raises. Each message is a sentence for the person who reads it."""


class RuleBroken(Exception):
    """A rule forbids the deed; the message says which and how to go on."""


class NotFound(Exception):
    """It does not exist, or lies out of reach: the asker cannot tell which."""


class NotAllowed(Exception):
    """It exists and may be seen, but not done by this person."""
