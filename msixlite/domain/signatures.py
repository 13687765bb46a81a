"""The site's own signature (Ed25519, RFC 8032): anybody with the public key can check it, only the site can make it."""

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from msixlite.domain.errors import RuleBroken
from msixlite.models.words import _l


def new_private_key() -> bytes:
    """A private key as PEM (PKCS 8), without a passphrase: the file's mode guards it."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class PublicKey:
    """Checks signatures."""

    def __init__(self, pem: bytes) -> None:
        """Raises RuleBroken where it is no public key of Ed25519."""
        try:
            key = load_pem_public_key(pem)
        except ValueError as fault:
            raise RuleBroken(_l("This is no public key (PEM).")) from fault
        if not isinstance(key, Ed25519PublicKey):
            raise RuleBroken(_l("This public key is not of the kind Ed25519."))
        self._key = key

    @property
    def pem(self) -> str:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key (DER), in groups that can be read aloud."""
        plain = self._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        digest = hashlib.sha256(plain).hexdigest().upper()
        return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))

    def fits(self, signature: str, content: bytes) -> bool:
        """Whether the signature (base64) was made over these bytes with the private half."""
        try:
            self._key.verify(base64.b64decode(signature, validate=True), content)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """Makes signatures."""

    def __init__(self, pem: bytes) -> None:
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise RuleBroken(_l("The site's signing key is not of the kind Ed25519."))
        self._key = key

    @property
    def public(self) -> PublicKey:
        raw = self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey(raw)

    def sign(self, content: bytes) -> str:
        """The signature over these bytes, as base64."""
        return base64.b64encode(self._key.sign(content)).decode("ascii")
