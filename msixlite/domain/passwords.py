"""Passwords: the rules A19-A25, hashing with argon2id, and one-time passwords."""

import re
import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from msixlite.models.words import _l, kept

MAXIMUM_LENGTH = 128
ESTIMATED_LENGTH = 72
"""Characters that an estimate looks at: it takes longer than linear time."""
_CLASSES = (
    (re.compile(r"[A-ZÀ-ÖØ-Þ]"), _l("a capital letter")),
    (re.compile(r"[a-zß-öø-ÿ]"), _l("a small letter")),
    (re.compile(r"\d"), _l("a digit")),
    (re.compile(r"[^\w\s]|_"), _l("a special character such as ! or #")),
)
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_at_once = BoundedSemaphore(2)
"""64 MiB for each hash: fifty sign-ins at once must not take the machine's memory."""
_NOBODY = _hasher.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """Slow by intent (about 0.2 s): never call it while the database is locked."""
    with _at_once:
        return _hasher.hash(password)


def verify(password: str, password_hash: str | None) -> bool:
    """Whether the password fits. An unknown user (no hash) takes the same time and never fits."""
    with _at_once:
        try:
            return _hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


def faults(password: str, *, minimum_length: int = 8, forbidden: Iterable[str] = ()) -> list[str]:
    """What the password lacks, each as words that follow "The password needs"; empty when it is good (A20, A21)."""
    found: list[str] = []
    if len(password) < minimum_length:
        found.append(_l("at least %(count)s characters", count=minimum_length))
    if len(password) > MAXIMUM_LENGTH:
        found.append(_l("at most %(count)s characters", count=MAXIMUM_LENGTH))
    found += [words for pattern, words in _CLASSES if not pattern.search(password)]
    if any(len(word) > 3 and word.casefold() in password.casefold() for word in forbidden):
        found.append(_l("to be without your own name or user name"))
    return found


_STRENGTHS = (_l("Guessed at once"), _l("Guessed within minutes"), _l("Weak"), _l("Good"), _l("Strong"))


ADVICE = (
    _l("A word by itself is easy to guess."),
    _l("Add another word or two. Uncommon words are better."),
    _l("All-uppercase is almost as easy to guess as all-lowercase."),
    _l("Avoid dates and years that are associated with you."),
    _l("Avoid recent years."),
    _l("Avoid repeated words and characters."),
    _l("Avoid sequences."),
    _l("Avoid years that are associated with you."),
    _l("Capitalization doesn't help very much."),
    _l("Common names and surnames are easy to guess."),
    _l("Dates are often easy to guess."),
    _l("Names and surnames by themselves are easy to guess."),
    _l("No need for symbols, digits, or uppercase letters."),
    _l("Predictable substitutions like '@' instead of 'a' don't help very much."),
    _l("Recent years are easy to guess."),
    _l('Repeats like "aaa" are easy to guess.'),
    _l('Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
    _l("Reversed words aren't much harder to guess."),
    _l('Sequences like "abc" or "6543" are easy to guess.'),
    _l("Short keyboard patterns are easy to guess."),
    _l("Straight rows of keys are easy to guess."),
    _l("This is a top-10 common password."),
    _l("This is a top-100 common password."),
    _l("This is a very common password."),
    _l("This is similar to a commonly used password."),
    _l("Use a few words, avoid common phrases."),
    _l("Use a longer keyboard pattern with more turns."),
)
"""All that zxcvbn says, so that it can be translated."""


@dataclass(frozen=True)
class Strength:
    """How hard a password is to guess, and why."""

    score: int
    """0 to 4, by zxcvbn."""
    because: tuple[str, ...]
    """What makes it weak and what would help, as sentences."""

    @property
    def words(self) -> str:
        return _STRENGTHS[self.score]


def strength(password: str, *, forbidden: Iterable[str] = ()) -> Strength:
    """An estimate of the guesses that a password stands, whatever its kinds of characters."""
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # its word lists take a moment to load

    found = zxcvbn(password[:ESTIMATED_LENGTH], user_inputs=list(forbidden))
    feedback = found["feedback"]
    said = filter(None, (feedback["warning"], *feedback["suggestions"]))
    return Strength(found["score"], tuple(kept(f"{sentence.rstrip('.')}.") for sentence in said))


def was_used(password: str, hashes: Iterable[str]) -> bool:
    """Whether it is one of the present and last six passwords (A23)."""
    return any(verify(password, known) for known in hashes)


def one_time_password() -> str:
    """A random one-time password of all four classes, easy to read aloud: no 0, O, 1, l, I."""
    letters = [c for c in string.ascii_lowercase if c != "l"]
    groups = ["".join(secrets.choice(letters) for _ in range(4)) for _ in range(3)]
    return f"{groups[0].capitalize()}-{groups[1]}-{groups[2]}-{secrets.choice('23456789')}{secrets.choice('23456789')}"
