"""HTML to PDF in worker processes: a page that hangs or crashes the renderer takes nothing else with it.

A worker is `python -m msixlite.pdf_worker`. It ends by itself when its pipe closes, and so with the process that
started it, however that one ends. Processes rather than threads: a thread that draws holds up everybody's pages.
"""

import hashlib
import os
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msixlite import pdf_pipe, pdf_stamp

ROOT = Path(__file__).resolve().parents[1]
COMMAND = ("-m", "msixlite.pdf_worker")
WORKERS = 2
WAITING = 8
"""Requests that may wait for a free worker: fewer than the server has threads, so that pages are always answered."""
SECONDS = 60.0
"""How long a request may wait for a free worker, and how long its drawing may then take."""
KEPT_BYTES = 64 * 1024 * 1024
"""Drawn documents kept in memory, never on a disk: what has not changed is not drawn again."""

NO_PANGO = (
    "This server cannot draw PDFs: the library Pango is missing. Whoever keeps the server can install it "
    "(Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)."
)
TOO_LONG = "Drawing the PDF took too long and was stopped."
TOO_MANY = "Too many PDFs are being drawn just now. Try again in a minute."
FAILED = "The PDF could not be drawn. Tell whoever keeps this server, with the time and the MSIX ID."
STOPPING = "The server is being stopped."


class PdfUnavailable(Exception):
    """There is no PDF; the message is a sentence for the person who asked."""


class _WorkerDied(Exception):
    """The worker ended without an answer."""


class _Worker:
    """One renderer process and the two ends of its pipes."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *COMMAND],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("MSIXLITE_")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def draw(self, html: bytes, *, seconds: float) -> bytes:
        """The PDF. A worker that overruns its time is killed, which ends the waiting read."""
        overdue = threading.Event()
        alarm = threading.Timer(seconds, lambda: (overdue.set(), self.process.kill()))
        alarm.daemon = True
        alarm.start()
        try:
            pdf_pipe.write(self.process.stdin, html)
            drawn = pdf_pipe.read(self.process.stdout)
        except (OSError, EOFError) as ended:
            raise self._reason(overdue) from ended
        finally:
            alarm.cancel()
        if not drawn:
            raise PdfUnavailable(FAILED)
        return drawn

    def _reason(self, overdue: threading.Event) -> Exception:
        code = self.end()
        if overdue.is_set():
            return PdfUnavailable(TOO_LONG)
        return PdfUnavailable(NO_PANGO) if code == pdf_pipe.NO_PANGO else _WorkerDied()

    def end(self) -> int:
        """Close the pipe, which asks it to end; kill it if it does not. Leaves no zombie."""
        for pipe in (self.process.stdin, self.process.stdout):
            try:
                pipe.close()
            except OSError:
                continue  # the last bytes had nobody to read them
        try:
            return self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class _Kept:
    """Drawn documents by the hash of their HTML, the least lately printed dropped first. For any thread."""

    def __init__(self, room: int) -> None:
        self._room, self._used = room, 0
        self._lock = threading.Lock()
        self._drawn: OrderedDict[bytes, bytes] = OrderedDict()

    def get(self, key: bytes) -> bytes | None:
        with self._lock:
            if key in self._drawn:
                self._drawn.move_to_end(key)
            return self._drawn.get(key)

    def put(self, key: bytes, drawn: bytes) -> None:
        """Keep it, unless it alone is too large."""
        if len(drawn) > self._room:
            return
        with self._lock:
            self._used += len(drawn) - len(self._drawn.pop(key, b""))
            self._drawn[key] = drawn
            while self._used > self._room:
                self._used -= len(self._drawn.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._drawn.clear()
            self._used = 0


class PdfPool:
    """At most two workers, started when first needed. May be called from any thread."""

    def __init__(
        self, *, workers: int = WORKERS, waiting: int = WAITING, seconds: float = SECONDS, kept: int = KEPT_BYTES
    ) -> None:
        self._kept = _Kept(kept)
        self._seconds = seconds
        self._room = threading.BoundedSemaphore(workers + waiting)
        self._places = threading.BoundedSemaphore(workers)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: list[_Worker] = []
        self._closed = False

    def render(self, html: str, *, line: str = "") -> bytes:
        """The PDF of a whole HTML document, with the line of this print on each page. Raises PdfUnavailable.

        The HTML should not say who prints when: then the same HTML is drawn once.
        """
        if self._closed:
            raise PdfUnavailable(STOPPING)
        page = html.encode()
        key = hashlib.sha256(page).digest()
        drawn = self._kept.get(key)
        if drawn is None:
            drawn = self._drawn_new(page)
            self._kept.put(key, drawn)
        return pdf_stamp.fill(drawn, line)

    def _drawn_new(self, page: bytes) -> bytes:
        """Drawn by a worker; a crash is tried once more with a new one."""
        if not self._room.acquire(blocking=False):
            raise PdfUnavailable(TOO_MANY)
        try:
            return self._in_turn(page)
        finally:
            self._room.release()

    def _in_turn(self, page: bytes) -> bytes:
        if not self._places.acquire(timeout=self._seconds):
            raise PdfUnavailable(TOO_MANY)
        try:
            for _attempt in range(2):
                try:
                    return self._draw(page)
                except _WorkerDied:
                    continue
            raise PdfUnavailable(STOPPING if self._closed else FAILED)
        finally:
            self._places.release()

    def _draw(self, page: bytes) -> bytes:
        with self._worker() as worker:
            return worker.draw(page, seconds=self._seconds)

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        """An idle worker, or a new one. It goes back only if it is still alive."""
        with self._lock:
            if self._closed:
                raise PdfUnavailable(STOPPING)
            worker = self._idle.pop() if self._idle else _Worker()
            self._busy.append(worker)
        try:
            yield worker
        finally:
            with self._lock:
                self._busy.remove(worker)
                if worker.process.poll() is None and not self._closed:
                    self._idle.append(worker)

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that run."""
        with self._lock:
            return [worker.process.pid for worker in (*self._idle, *self._busy)]

    def close(self) -> None:
        """End every worker, also those that draw."""
        with self._lock:
            self._closed = True
            self._kept.clear()
            idle, busy = self._idle, list(self._busy)
            self._idle = []
        for worker in busy:
            worker.process.kill()
        for worker in idle:
            worker.end()
