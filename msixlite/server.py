"""Serving: cheroot, threads in one process, TLS in the process when a certificate is set."""

import signal
import sys
from dataclasses import replace

from cheroot import wsgi
from flask import Flask

from msixlite import patience, scheduler, site
from msixlite.config import Settings
from msixlite.web import create_app

TURN = 0.0005
"""Seconds for which a thread may compute while others wait: a page asks the database twenty times, and would wait as
often for Python's usual 5 ms while another thread puts a long record together."""


def serve(settings: Settings, *, host: str, port: int) -> int:
    """Serve until Ctrl-C or SIGTERM; requests under way are answered first."""
    settings = replace(settings, host=host, port=port)
    app = create_app(settings)
    server = make(settings, app)
    sys.setswitchinterval(TURN)
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        server.prepare()
    except OSError as error:
        print(
            f"{host}:{port} cannot be served on ({error}). Try another: python3 app.py run --port 8001", file=sys.stderr
        )
        return 1
    app.config["SHORTCUT"] = site.shortcut(settings)
    clock_work = scheduler.start(settings, app.config["SESSIONS"])
    address = f"{'https' if server.ssl_adapter else 'http'}://{host}:{port}/"
    print(frame(settings, address, app.config["SHORTCUT"]), flush=True)
    try:
        server.serve()
    except KeyboardInterrupt:
        print("Stopping …", flush=True)
    finally:
        server.stop()
        clock_work.shutdown(wait=True)
        app.extensions["mail_pool"].shutdown(wait=True)
        app.extensions["upload_pool"].shutdown(wait=True, cancel_futures=True)  # the next start takes up what waits
        app.extensions["pdf_pool"].close()
    return 0


def make(settings: Settings, app: Flask) -> wsgi.Server:
    """The server, not yet listening: slow senders hold its threads for a short time only."""
    server = wsgi.Server((settings.host, settings.port), app, numthreads=settings.threads, server_name="msixlite")
    server.ConnectionClass = patience.connection_class(settings)
    if settings.tls_certificate and settings.tls_key:
        server.ssl_adapter = patience.LateHandshake(str(settings.tls_certificate), str(settings.tls_key))
    return server


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def frame(settings: Settings, address: str, shortcut: site.Shortcut | None = None) -> str:
    """What the person who started it needs to know."""
    lines = [f"msixlite: {address}", ""]
    signs_in = site.sign_ins(settings)
    if shortcut:
        lines += [f"In at once as {shortcut.user} (MSIX Primary), one time:", f"  {address}demo/{shortcut.token}", ""]
    if signs_in:
        wide = max(len(one["role"]) for one in signs_in)
        names = max(len(one["user"]) for one in signs_in)
        lines += ["Made-up children. One account of each role, ready to use until its password is changed:"]
        lines += [f"  {one['role']:{wide}}  {one['user']:{names}}  {one['password']}" for one in signs_in]
        lines += [f"More, who begin as a new colleague does: {settings.instance / site.DEMO_ACCOUNTS}", ""]
        lines += ["To start clean: stop, set MSIXLITE_INSTANCE to a new folder, then python3 app.py init --empty"]
    lines += ["To stop: Ctrl-C"]
    width = max(map(len, lines))
    rule = "─" * (width + 2)
    return "\n".join([f"┌{rule}┐", *(f"│ {line:{width}} │" for line in lines), f"└{rule}┘"])
