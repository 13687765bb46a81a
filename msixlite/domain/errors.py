"""What a domain function raises. Each message is a sentence for the person who reads it."""


class _WithSentence(Exception):
    @property
    def sentence(self) -> str:
        """The message, as marked for translation; `str()` of the error is its English."""
        return self.args[0] if self.args else ""


class RuleBroken(_WithSentence):
    """A rule forbids the deed; the message says which and how to go on."""


class NotFound(_WithSentence):
    """It does not exist, or lies out of reach: the asker cannot tell which."""


class NotAllowed(_WithSentence):
    """It exists and may be seen, but not done by this person."""
