"""The command `verify-audit`: the site's own trail, or an exported one, which needs no site (rule A6)."""

from collections.abc import Callable
from pathlib import Path

import pyzipper  # type: ignore[import-untyped]

from msixlite.domain import audit_export
from msixlite.domain.audit_export import SUFFIX, ExportCheck
from msixlite.domain.errors import RuleBroken


def verify(export: Path | None, public_key: Path | None, *, passphrase: Callable[[], str]) -> int:
    """Check and say what was found: 0 where all is sound, 1 otherwise. Raises RuleBroken."""
    found = verify_file(export, public_key, passphrase=passphrase) if export else verify_site()
    print("\n".join(found.sentences))
    return 0 if found.ok else 1


def verify_site() -> ExportCheck:
    """Walk the trail of this site's database."""
    from msixlite import config, site
    from msixlite.domain import audit

    with site.prepare(config.load())().reading() as db:
        found = audit.verify(db)
    return ExportCheck(found.ok, [found.message])


def verify_file(export: Path, public_key: Path | None, *, passphrase: Callable[[], str]) -> ExportCheck:
    """Check an exported trail: the ZIP as it was saved, or the file of events with its signature beside it.

    Raises RuleBroken where something cannot be read.
    """
    events, signature = _from_zip(export, passphrase) if export.suffix == ".zip" else _side_by_side(export)
    return audit_export.check(events, signature, public_key=_read(public_key) if public_key else None)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise RuleBroken(f"{path} cannot be read: {fault.strerror}.") from fault


def _side_by_side(events: Path) -> tuple[bytes, bytes]:
    content, beside = _read(events), events.with_name(events.name + SUFFIX)
    if not beside.is_file():
        raise RuleBroken(f"Its signature is missing: put {beside.name} beside {events.name}.")
    return content, _read(beside)


def _from_zip(packed: Path, passphrase: Callable[[], str]) -> tuple[bytes, bytes]:
    try:
        with pyzipper.AESZipFile(packed) as archive:
            names = [name for name in archive.namelist() if name.endswith(SUFFIX)]
            if len(names) != 1:
                raise RuleBroken(f"{packed.name} holds no exported trail with its signature.")
            if archive.getinfo(names[0]).flag_bits & 1:
                archive.setpassword(passphrase().encode())
            return archive.read(names[0].removesuffix(SUFFIX)), archive.read(names[0])
    except (RuntimeError, KeyError, OSError, pyzipper.BadZipFile) as fault:
        raise RuleBroken(f"{packed.name} cannot be opened: wrong passphrase, or damaged ({fault}).") from fault
