"""Set up what is missing, with the standard library alone: .venv, the pinned packages, Pango.

Written so that an old Python still reads this file and can say that it is too old.
"""

import ctypes.util
import importlib.metadata
import os
import shutil
import subprocess
import sys
import time

OLDEST = (3, 11)
PANGO_PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"]
PANGO_LIBRARIES = ["pango-1.0", "pangoft2-1.0", "harfbuzz-subset"]


def enter(root: str, arguments: "list[str]") -> None:
    """Return inside the project's own environment with everything pinned installed; until then, run again in it."""
    if sys.version_info < OLDEST:
        sys.exit(
            "msixlite needs Python 3.11 or newer; this is %d.%d. Start it with a newer one." % sys.version_info[:2]
        )
    extras = ["test"] if arguments[:1] == ["test"] else []
    python = _python_of(root)
    if _is_inside(root):
        if missing(root, extras):
            _set_up(root, extras)
            _run_again(sys.executable, root, arguments)
        provide_pango(root)
        return
    if not os.path.exists(python):
        _set_up(root, extras)
    _run_again(python, root, arguments)


def _venv_of(root: str) -> str:
    return os.path.join(root, ".venv")


def _python_of(root: str) -> str:
    folder, name = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return os.path.join(_venv_of(root), folder, name)


def _is_inside(root: str) -> bool:
    return os.path.realpath(sys.prefix) == os.path.realpath(_venv_of(root))


def _run_again(python: str, root: str, arguments: "list[str]") -> None:
    """The same command in the project's environment. On Windows a process cannot be replaced, so it is waited for."""
    command = [python, os.path.join(root, "app.py"), *arguments]
    sys.stdout.flush()
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(python, command)


def pinned(root: str, extras: "list[str]") -> "list[str]":
    """The packages that pyproject.toml pins, name==version."""
    import tomllib

    with open(os.path.join(root, "pyproject.toml"), "rb") as file:
        project = tomllib.load(file)["project"]
    wanted = list(project.get("dependencies", []))
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    return wanted


def missing(root: str, extras: "list[str]") -> "list[str]":
    """The pinned packages that are not installed in this very version."""
    return [pin for pin in pinned(root, extras) if not _is_installed(pin)]


def _is_installed(pin: str) -> bool:
    name, _, version = pin.partition("==")
    try:
        return importlib.metadata.version(name.partition("[")[0]) == version
    except importlib.metadata.PackageNotFoundError:
        return False


def _set_up(root: str, extras: "list[str]") -> None:
    """Make the environment where it is missing and install; one start at a time, and what fails is tried anew."""
    began = time.monotonic()
    pins = pinned(root, extras)
    with _Alone(os.path.join(root, ".venv.lock")):
        print("Setting up %s with %d pinned packages ..." % (_venv_of(root), len(pins)), end=" ", flush=True)
        if not os.path.exists(_python_of(root)):
            _make_venv(root)
        _install(root, pins)
    print("done in %.0f seconds." % (time.monotonic() - began), flush=True)


class _Alone:
    """Two starts at once: the second waits for the first. A killed start leaves no lock behind."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.file = open(self.path, "a")
        if os.name != "nt":
            import fcntl

            fcntl.flock(self.file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _make_venv(root: str) -> None:
    made = subprocess.run([sys.executable, "-m", "venv", _venv_of(root)], capture_output=True, text=True)
    if made.returncode == 0:
        return
    shutil.rmtree(_venv_of(root), ignore_errors=True)
    sys.exit(no_venv_sentence(made.stdout + made.stderr))


def no_venv_sentence(said: str) -> str:
    """What to do when Python cannot make an environment; on Debian its venv is a package of its own."""
    if "ensurepip" in said or "No module named venv" in said:
        return (
            "Python's venv is not complete on this machine. Type:\n"
            "    sudo apt install python%d.%d-venv\nand start again." % sys.version_info[:2]
        )
    return "The environment could not be made:\n" + said.strip()


def _install(root: str, pins: "list[str]") -> None:
    """Install the pins, by the environment's own pip; an environment of uv has none and gets one first."""
    python = _python_of(root)
    if subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode != 0:
        subprocess.run([python, "-m", "ensurepip", "--upgrade"], capture_output=True)
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-warn-script-location"]
    installed = subprocess.run(command + pins, capture_output=True, text=True)
    if installed.returncode == 0:
        return
    sys.exit("The packages could not be installed. pip says:\n" + (installed.stderr or installed.stdout).strip())


def provide_pango(root: str) -> None:
    """WeasyPrint draws PDFs with Pango. Without it the app runs, and offers the page to print instead."""
    lacks = [name for name in PANGO_LIBRARIES if ctypes.util.find_library(name) is None]
    tried = os.path.join(_venv_of(root), "pango-tried")
    if not lacks or os.path.exists(tried):
        return
    line = "apt-get install -y " + " ".join(PANGO_PACKAGES)
    if shutil.which("apt-get") is None:
        print("For PDFs, install Pango, PangoFT2 and HarfBuzz with your system's packages.", flush=True)
        return
    if os.geteuid() == 0:
        print("Installing for PDFs: %s ..." % " ".join(PANGO_PACKAGES), flush=True)
        _apt(line.split())
    elif sys.stdin.isatty() and shutil.which("sudo"):
        if input("PDFs need Pango. Install it now with 'sudo %s'? [y/N] " % line).strip().lower() in ("y", "yes"):
            _apt(["sudo", *line.split()])
    else:
        print("PDFs need Pango. Type: sudo %s" % line, flush=True)
        return
    with open(tried, "w") as file:
        file.write("Pango was looked for once; remove this file to have it looked for again.\n")


def _apt(command: "list[str]") -> None:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, capture_output=True, text=True, env=quiet)
    if done.returncode != 0:
        update = [word for word in command if word == "sudo"] + ["apt-get", "update"]
        subprocess.run(update, capture_output=True, env=quiet)
        done = subprocess.run(command, capture_output=True, text=True, env=quiet)
    if done.returncode != 0:
        print("Pango could not be installed; PDFs are not available. apt-get says:\n" + done.stderr.strip(), flush=True)
