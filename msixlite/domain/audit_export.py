"""Exported audit trails: a chain over the lines of the file, signed by the site, and how anybody checks it (rule A6).

Beside the file of events lies its signature: a statement (who exported, when, why, which filter, what the whole trail
looked like) with the chained hash of each line of the file, signed with the site's key. Who changes, removes, adds or
moves a line cannot make the statement anew.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from msixlite.domain import audit
from msixlite.domain.audit import NO_HASH, AuditCheck
from msixlite.domain.audit_trail import EXPORTED, Filter
from msixlite.domain.errors import RuleBroken
from msixlite.domain.signatures import PublicKey, SigningKey
from msixlite.models.users import User
from msixlite.models.words import _l

SUFFIX = ".signature.json"
"""Follows the name of the file of events: audit.csv.signature.json."""
_MEANT_FOR = b"msixlite audit export 1\n"
"""Stands before what is signed: a signature for another purpose never fits."""
HASHED = ("id", "at", "user_id", "action", "subject", "outcome", "address", "detail", "changes", "previous_hash")
"""What the hash of an event is made of, in this order."""


def statement(
    wanted: Filter,
    rows: Sequence[Mapping[str, Any]],
    *,
    checked: AuditCheck,
    serial: str,
    reason: str,
    file_format: str,
    now: datetime,
    by: User,
) -> dict[str, Any]:
    """Who exports what, when and why, and what the whole trail looks like at this moment."""
    return {
        "serial": serial,
        "exported_at": now.astimezone(UTC).isoformat(),
        "exported_by": {"user_name": by.user_name, "name": by.full_name, "role": by.role.label, "place": by.place},
        "reason": reason,
        "format": file_format,
        "filter": wanted.as_arguments(),
        "events": len(rows),
        "cut": len(rows) == EXPORTED,
        "trail": {
            "whole": checked.ok,
            "events": checked.events,
            "message": checked.message,
            "last_hash": checked.last_hash,
        },
    }


def words(stated: Mapping[str, Any], key: PublicKey) -> str:
    """The statement for the eye, with how to check the file."""
    by, name = stated["exported_by"], f"audit.{stated['format']}"
    return f"""Serial {stated["serial"]}, exported {stated["exported_at"]} by {by["user_name"]}: {stated["reason"]}
Filter: {stated["filter"] or "none"}; {stated["events"]} events, the newest first.
{stated["trail"]["message"]}
Hash of the last event: {stated["trail"]["last_hash"]}

Signed in {name}{SUFFIX} (Ed25519) with the site's key, whose fingerprint (SHA-256) is
{key.fingerprint}
Compare it with the one that the site shows under Audit, Export; the key itself can be saved there.

To check the file on any machine with msixlite, keep both files side by side and type:
python3 app.py verify-audit --file {name} --public-key KEY.pem
A file that a spreadsheet saved anew is another file: check the one that was exported.
"""


def sign(content: bytes, stated: Mapping[str, Any], key: SigningKey) -> bytes:
    """The signature of a file of events, as a file of its own."""
    stated = {**stated, "lines": line_chain(content)}
    signed = {"statement": stated, "public_key": key.public.pem, "signature": key.sign(_signed_bytes(stated))}
    return json.dumps(signed, ensure_ascii=False, indent=1).encode()


def line_chain(content: bytes) -> list[str]:
    """For each line its SHA-256 over the hash before it and the line's bytes."""
    chain, before = [], NO_HASH
    for line in _lines(content):
        before = hashlib.sha256(before.encode() + line).hexdigest()
        chain.append(before)
    return chain


def _lines(content: bytes) -> list[bytes]:
    lines = content.split(b"\n")
    return lines[:-1] if lines[-1] == b"" else lines


def _signed_bytes(stated: Mapping[str, Any]) -> bytes:
    return _MEANT_FOR + json.dumps(stated, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class ExportCheck:
    """What checking an exported file found."""

    ok: bool
    sentences: Sequence[str]


def check(content: bytes, signature: bytes, *, public_key: bytes | None = None) -> ExportCheck:
    """Check signature, lines and events, in this order; the first fault ends it and names its line.

    Without `public_key` the key inside the signature is used: then only its fingerprint tells whose it is.
    Raises RuleBroken where a file cannot be read at all.
    """
    try:
        return _check(content, json.loads(signature), public_key)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise RuleBroken(_l("This cannot be read as an exported trail with its signature.")) from fault


def _check(content: bytes, signed: Mapping[str, Any], given: bytes | None) -> ExportCheck:
    stated, key = signed["statement"], PublicKey(signed["public_key"].encode())
    fault = (
        _fault_of_key(key, given)
        or _fault_of_signature(key, signed["signature"], stated)
        or _fault_of_lines(line_chain(content), stated["lines"])
    )
    if fault:
        return ExportCheck(False, [fault])
    rows = list(_rows(content, is_csv=stated["format"] == "csv"))
    fault = _fault_of_events(rows, stated["trail"])
    shown = [fault] if fault else _shown(rows, stated)
    said = [_on_one_line(sentence) for sentence in (*_stated(stated, key, given), *shown)]
    return ExportCheck(stated["trail"]["whole"] and not fault, said)


def _on_one_line(sentence: str) -> str:
    """The words may be a stranger's, signed with their own key: no sign may move or hide a line on a terminal."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in sentence)


def _fault_of_key(enclosed: PublicKey, given: bytes | None) -> str:
    if given is None or PublicKey(given).fingerprint == enclosed.fingerprint:
        return ""
    return (
        "This export was signed with another key than the one you gave.\n"
        f"Signed with: {enclosed.fingerprint}\nYou gave:    {PublicKey(given).fingerprint}"
    )


def _fault_of_signature(key: PublicKey, made: str, stated: Mapping[str, Any]) -> str:
    if key.fits(made, _signed_bytes(stated)):
        return ""
    return "The signature does not fit: who exported, when, why, or the hashes of the lines were changed afterwards."


def _fault_of_lines(found: Sequence[str], signed: Sequence[str]) -> str:
    for number, (one, other) in enumerate(zip(found, signed, strict=False), start=1):
        if one != other:
            return f"Line {number} is the first that is not as it was signed: changed, put in, or one was taken out."
    if len(found) < len(signed):
        return f"Line {len(found) + 1} is missing: {len(signed)} lines were signed, {len(found)} are there."
    if len(found) > len(signed):
        return f"Line {len(signed) + 1} was put in: {len(signed)} lines were signed, {len(found)} are there."
    return ""


@dataclass(frozen=True)
class _Row:
    line: int
    values: dict[str, Any]


def _rows(content: bytes, *, is_csv: bool) -> Iterator[_Row]:
    if not is_csv:
        for number, line in enumerate(_lines(content), start=1):
            yield _Row(number, json.loads(line))
        return
    reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    for values in reader:
        if "hash" in values:
            yield _Row(reader.line_num, _from_cells(values))


def _from_cells(cells: Mapping[str, str]) -> dict[str, Any]:
    """The values of a row of cells, as the events hold them."""
    return {
        **cells,
        "id": int(cells["id"]),
        "user_id": int(cells["user_id"]) if cells["user_id"] else None,
        "detail": json.loads(cells["detail"]),
        "changes": json.loads(cells["changes"]),
        "whole": cells["whole"] == "Y",
    }


def _fault_of_events(rows: Sequence[_Row], trail: Mapping[str, Any]) -> str:
    """The events of the file against one another: their own hashes, and the links between neighbors."""
    newer: dict[str, Any] | None = None
    for row in rows:
        one = row.values
        if one["whole"] and audit.chained_hash([one[name] for name in HASHED]) != one["hash"]:
            return f"Line {row.line}: event {one['id']} was changed in the site after it was written."
        if newer is not None and newer["id"] == one["id"] + 1 and newer["previous_hash"] != one["hash"]:
            return f"Line {row.line}: event {newer['id']} does not follow event {one['id']}: the link is broken."
        if trail["whole"] and one["id"] == trail["events"] and one["hash"] != trail["last_hash"]:
            return f"Line {row.line}: event {one['id']} is not the end of the trail that the site found whole."
        newer = one
    return ""


def _stated(stated: Mapping[str, Any], key: PublicKey, given: bytes | None) -> list[str]:
    by = stated["exported_by"]
    whose = (
        "It is the key that you gave."
        if given is not None
        else (
            "The key came with the file: compare its fingerprint with the one that the site shows its administrators."
        )
    )
    return [
        f"Signature good, all {len(stated['lines'])} lines as they were signed.",
        f"Key: {key.fingerprint}. {whose}",
        f"Serial {stated['serial']}, exported {stated['exported_at']} by {by['name']} ({by['user_name']}, "
        f"{by['role']}, {by['place']}). Why: {stated['reason']}",
    ]


def _shown(rows: Sequence[_Row], stated: Mapping[str, Any]) -> list[str]:
    """What the file can show of the trail, and what it cannot."""
    numbers = [row.values["id"] for row in rows]
    pairs = list(pairwise(numbers))
    gaps = sum(1 for newer, older in pairs if newer != older + 1)
    between = sum(newer - older - 1 for newer, older in pairs)
    redacted = sum(1 for row in rows if not row.values["whole"])
    said = [f"{len(rows)} events; {len(pairs) - gaps} links between neighbors checked, none broken."]
    if len(rows) < stated["trail"]["events"]:
        chosen = ", ".join(f"{name} {value}" for name, value in stated["filter"].items()) or "none"
        said.append(
            f"The file holds a choice of the {stated['trail']['events']} events of the trail (filter: {chosen}; only "
            f"what {stated['exported_by']['user_name']} may see{'; cut at the newest' if stated['cut'] else ''}). "
            f"{between} events lie in {gaps} gaps between its own. That those are sound, or that no event that fits "
            "was left out, this file alone cannot show: it rests on the site, which signed it."
        )
    if redacted:
        said.append(
            f"{redacted} events are shown without what the reader may not see (the child, or values). Their own hash "
            "cannot be made again from this file; their links and their lines can."
        )
    trail = stated["trail"]
    said.append(f"At that moment the site walked its whole trail: {trail['message']} Last hash: {trail['last_hash']}")
    return said
