"""A PDF worker: HTML in on standard input, PDF out on standard output, an empty answer where it cannot be drawn.

The only place that imports WeasyPrint. It fetches nothing but our own style sheet and fonts, by name, and data: URIs.
"""

import gc
import os
import queue
import signal
import sys
import threading
import traceback
from functools import cache
from pathlib import Path
from typing import IO, Any

from msixlite import pdf_pipe

try:
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    from msixlite import pdf_foot, pdf_languages, pdf_letters
except OSError:
    sys.exit(pdf_pipe.NO_PANGO)

STATIC = Path(__file__).resolve().parents[1] / "static"
OWN_FILES = {
    "own:regular.ttf": (STATIC / "fonts/SourceSans3_400Regular.ttf", "font/ttf"),
    "own:bold.ttf": (STATIC / "fonts/SourceSans3_700Bold.ttf", "font/ttf"),
    "own:fallback.ttf": (STATIC / "fonts/DejaVuSans.ttf", "font/ttf"),
}
"""Address in pdf.css → file and media type."""

NICENESS = 10
"""A worker leaves the processor to whoever waits for a page."""


class OwnFilesOnly(URLFetcher):
    """Fetches our own files by their name and data: URIs; raises ValueError for everything else."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url not in OWN_FILES:
            return super().fetch(url, headers)
        file, media_type = OWN_FILES[url]
        return URLFetcherResponse(url, file.read_bytes(), {"Content-Type": media_type})


def draw(html: str) -> bytes:
    """The document as PDF/UA-1, with page numbers and room for the line of each print."""
    styles, fonts = _look()
    return HTML(string=html, url_fetcher=OwnFilesOnly()).write_pdf(
        pdf_variant="pdf/ua-1", stylesheets=[styles], font_config=fonts, finisher=_finish
    )


def _finish(document: object, pdf: Any) -> None:
    pdf_letters.mend(pdf)
    pdf_foot.add(document, pdf)
    pdf_languages.add(document, pdf)


@cache
def _look() -> tuple[CSS, FontConfiguration]:
    """Our style sheet and its fonts, read once in the life of a worker."""
    fonts = FontConfiguration()
    return CSS(filename=STATIC / "pdf.css", font_config=fonts, url_fetcher=OwnFilesOnly()), fonts


def main() -> None:
    """Draw one document after the other, until the pool goes away."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the server, which then ends us
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not get between the answers
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, waiting), daemon=True).start()
    gc.disable()
    while True:
        pdf_pipe.write(answers, _answer(waiting.get()))
        gc.collect()


def _listen(questions: IO[bytes], waiting: "queue.SimpleQueue[bytes]") -> None:
    """Take in documents. When the pipe closes, end the process even in the middle of a drawing."""
    try:
        while True:
            waiting.put(pdf_pipe.read(questions))
    except (EOFError, OSError):
        os._exit(0)


def _answer(html: bytes) -> bytes:
    try:
        return draw(html.decode())
    except Exception as fault:
        print(f"pdf_worker: {type(fault).__name__}", *_places(fault), sep="\n  ", file=sys.stderr, flush=True)
        return b""


def _places(fault: Exception) -> list[str]:
    """Where it went wrong, without the message: it may quote a child's name."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(fault.__traceback__)[-6:]]


if __name__ == "__main__":
    main()
