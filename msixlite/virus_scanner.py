"""ClamAV, where a site has it: the clamd daemon by its INSTREAM protocol, or the command clamdscan (rule P9).

A scanner that is set but does not answer refuses the file.
"""

import logging
import re
import socket
import struct
import subprocess
from typing import BinaryIO

from msixlite.domain.errors import RuleBroken

log = logging.getLogger(__name__)

PIECE = 64 * 1024
UNREACHABLE = "The virus scanner does not answer, so no file is taken. Try again, or tell who runs this site."


def check(content: BinaryIO, scanner: str, *, seconds: float) -> None:
    """Raise RuleBroken where the scanner finds something, or does not say that the file is clean."""
    try:
        answer = _ask_command(content, scanner, seconds) if scanner.startswith("/") else _ask(content, scanner, seconds)
    except (OSError, ValueError, subprocess.SubprocessError) as fault:
        log.error("The virus scanner %s cannot be asked: %s", scanner, fault)
        raise RuleBroken(UNREACHABLE) from fault
    found = re.search(r": (.+) FOUND$", answer)
    if found:
        log.warning("The virus scanner found %s in a file; it was refused.", found[1])
        raise RuleBroken(f"The virus scanner found {found[1]} in this file. It was not kept. Tell your IT office.")
    if not answer.endswith(": OK"):
        log.error("The virus scanner answered: %s", answer)
        raise RuleBroken(UNREACHABLE)


def _ask(content: BinaryIO, scanner: str, seconds: float) -> str:
    """Send the file in pieces, each after its length; an empty one ends it (clamd's manual, INSTREAM)."""
    with _connect(scanner, seconds) as daemon:
        daemon.sendall(b"zINSTREAM\0")
        while piece := content.read(PIECE):
            daemon.sendall(struct.pack("!L", len(piece)) + piece)
        daemon.sendall(struct.pack("!L", 0))
        answer = b""
        while piece := daemon.recv(4096):
            answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connect(scanner: str, seconds: float) -> socket.socket:
    kind, _, place = scanner.partition(":")
    if kind == "tcp":
        host, _, port = place.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=seconds)
    daemon = socket.socket(socket.AF_UNIX)
    daemon.settimeout(seconds)
    daemon.connect(place)
    return daemon


def _ask_command(content: BinaryIO, scanner: str, seconds: float) -> str:
    """The command reads the file from its standard input, so that the daemon needs no right to the site's folder."""
    done = subprocess.run(
        [scanner, "--no-summary", "-"], input=content.read(), capture_output=True, timeout=seconds, check=False
    )
    return done.stdout.decode("utf-8", "replace").strip().rpartition("\n")[2]
