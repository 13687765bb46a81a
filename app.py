"""msixlite: `python3 app.py` sets up what is missing and serves; `app:app` is the WSGI application."""

import os
import sys

ROOT = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [ROOT] if ROOT not in sys.path else []

if __name__ == "__main__":
    from msixlite import bootstrap

    bootstrap.enter(ROOT, sys.argv[1:])
    from msixlite import cli

    sys.exit(cli.main(sys.argv[1:]))
else:
    from msixlite.web import create_app

    app = create_app()
