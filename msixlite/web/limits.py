"""How often something may be tried, counted in the database: a restart or a second process does not forget."""

import time
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from flask import request
from limits.storage import Storage
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import sessionmaker

from msixlite.models.base import OurSession
from msixlite.models.users import RateCount

HOME_PREFIX = 64
"""Bits of an IPv6 address that one home or office has for itself; the rest its machines choose freely (RFC 4291)."""


def network_of_request() -> str:
    """For whom tries are counted: the IPv4 address, or the IPv6 network of 64 bits."""
    return network_of(request.remote_addr or "")


def network_of(address: str) -> str:
    """The address, or its network where whoever has it has 2⁶⁴ others."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return address
    return str(known.ipv4_mapped or IPv6Network((known, HOME_PREFIX), strict=False))


class DatabaseStorage(Storage):
    """Fixed windows as rows of `rate_count`."""

    STORAGE_SCHEME = ["msixlite"]  # noqa: RUF012 - the name and shape are the library's
    base_exceptions = SQLAlchemyError

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, *, sessions: sessionmaker[OurSession], **_: Any
    ) -> None:
        super().__init__(uri, wrap_exceptions)
        self.sessions = sessions

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        try:
            return self._count(key, expiry, amount)
        except IntegrityError:  # another process made the row first
            return self._count(key, expiry, amount)

    def _count(self, key: str, expiry: int, amount: int) -> int:
        now = time.time()
        with self.sessions() as db, db.begin():
            db.execute(delete(RateCount).where(RateCount.ends_at < now))
            counted = update(RateCount).where(RateCount.key == key).values(count=RateCount.count + amount)
            if not db.execute(counted).rowcount:
                db.add(RateCount(key=key, count=amount, ends_at=now + expiry))
                return amount
            return db.scalar(select(RateCount.count).where(RateCount.key == key)) or amount

    def get(self, key: str) -> int:
        found = self._row(key)
        return found.count if found else 0

    def get_expiry(self, key: str) -> float:
        found = self._row(key)
        return found.ends_at if found else time.time()

    def _row(self, key: str) -> RateCount | None:
        with self.sessions().reading() as db:
            return db.scalar(select(RateCount).where(RateCount.key == key, RateCount.ends_at >= time.time()))

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self.sessions() as db, db.begin():
            return db.execute(delete(RateCount)).rowcount

    def clear(self, key: str) -> None:
        with self.sessions() as db, db.begin():
            db.execute(delete(RateCount).where(RateCount.key == key))
