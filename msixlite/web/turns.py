"""Pages before papers: putting a long record together must not slow the pages that other people open meanwhile.

All threads share one interpreter. A paper waits a moment until no page is being answered, and never two are put
together at once; drawing them is other processes' work.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app, g, request

PATIENCE = 0.25
"""Seconds that a paper waits for pages at most."""


class Turns:
    """Which requests are under way. For any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pages = 0
        self._paper = threading.Lock()

    def begin(self) -> None:
        """A request begins: a page, until it says otherwise."""
        with self._changed:
            self._pages += 1

    def end(self) -> None:
        with self._changed:
            self._pages -= 1
            self._changed.notify_all()

    @contextmanager
    def composing(self) -> Iterator[None]:
        """The request under way puts a paper together."""
        self.end()
        try:
            with self._paper:
                with self._changed:
                    self._changed.wait_for(lambda: self._pages == 0, PATIENCE)
                yield
        finally:
            self.begin()


def composing():
    """The paper's turn in this site."""
    return current_app.extensions["turns"].composing()


def _begin() -> None:
    g.has_turn = request.endpoint != "static"
    if g.has_turn:
        current_app.extensions["turns"].begin()


def _end(_error: BaseException | None) -> None:
    if g.get("has_turn"):
        current_app.extensions["turns"].end()


def init_app(app: Flask) -> None:
    """Before every other rule: each request that begins also ends."""
    app.extensions["turns"] = Turns()
    app.before_request(_begin)
    app.teardown_request(_end)
