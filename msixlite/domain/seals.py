"""Sealing what the database keeps but must not show: with keys derived from the site's own secret key (RFC 5869)."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from msixlite.domain.errors import RuleBroken
from msixlite.models.words import _l

_MARK = "gAAAA"
"""Every Fernet token begins so; no key of an authenticator app does, which has capitals only."""


class Seal:
    """Seals for one purpose: what is sealed for one does not open for another."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        derived = HKDF(SHA256(), length=32, salt=None, info=f"msixlite {purpose}".encode()).derive(secret_key.encode())
        self._key = Fernet(base64.urlsafe_b64encode(derived))

    def close(self, text: str) -> str:
        """The text, sealed; each time another."""
        return self._key.encrypt(text.encode()).decode("ascii")

    def open(self, sealed: str) -> str:
        """The text of a seal. Raises RuleBroken where the site has another secret key now."""
        try:
            return self._key.decrypt(sealed.encode()).decode()
        except InvalidToken as foreign:
            raise RuleBroken(
                _l("This was sealed with another key of the site. Ask your User Administrator.")
            ) from foreign


def is_sealed(text: str) -> bool:
    return text.startswith(_MARK)
