"""Pages before papers: putting a long record together must not slow the pages that other people open meanwhile.

All threads share one interpreter. Papers are put together one at a time, in the moments between pages: before each
statement and each piece of its template a paper lets the pages go first. Drawing it is another process's work.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import Flask, current_app, g, request
from sqlalchemy import event

PATIENCE = 0.5
"""Seconds that a paper waits for pages at most, in all."""


class Turns:
    """Which requests are under way. For any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._pages = 0
        self._paper = threading.Lock()
        self._own = threading.local()

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
                self._own.patience = PATIENCE
                yield
        finally:
            self._own.patience = 0.0
            self.begin()

    def give_way(self) -> None:
        """Between two steps of a paper: let the pages go first, as long as its patience lasts."""
        patience = getattr(self._own, "patience", 0.0)
        if patience <= 0 or not self._pages:
            return
        begun = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: self._pages == 0, patience)
        self._own.patience = patience - (time.monotonic() - begun)


def composing():
    """The paper's turn in this site."""
    return current_app.extensions["turns"].composing()


def in_turns(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces of a paper's template, with the pages between them."""
    for piece in pieces:
        current_app.extensions["turns"].give_way()
        yield piece


def _begin() -> None:
    g.has_turn = request.endpoint != "static"
    if g.has_turn:
        current_app.extensions["turns"].begin()


def _end(_error: BaseException | None) -> None:
    if g.get("has_turn"):
        current_app.extensions["turns"].end()


def init_app(app: Flask) -> None:
    """Before every other rule: each request that begins also ends."""
    turns = app.extensions["turns"] = Turns()
    event.listen(app.config["SESSIONS"].kw["bind"], "before_cursor_execute", lambda *_: turns.give_way())
    app.before_request(_begin)
    app.teardown_request(_end)
