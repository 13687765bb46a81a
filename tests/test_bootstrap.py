"""Setting up: what is missing is named, what fails is shown, and the door opens from anywhere."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from msixlite import bootstrap

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = os.path.realpath(sys._base_executable)
"""The Python that a person types, outside of the project's environment."""


def start(*arguments, cwd, **environment):
    return subprocess.run(
        [OUTSIDE, str(ROOT / "app.py"), *arguments],
        cwd=cwd,
        env={"PATH": os.defpath, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_every_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for pin in [*project["dependencies"], *project["optional-dependencies"]["test"]]:
        assert "==" in pin, pin


def test_nothing_is_missing_here():
    assert bootstrap.missing(str(ROOT), ["test"]) == []


def test_another_version_is_missing():
    assert not bootstrap._is_installed("flask==0.1")
    assert not bootstrap._is_installed("no-such-package==1")
    assert bootstrap._is_installed(next(pin for pin in bootstrap.pinned(str(ROOT), []) if "[" in pin))


def test_only_the_standard_library_is_imported():
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import msixlite.bootstrap; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True).stdout
    foreign = {name.partition(".")[0] for name in loaded.split()} - set(sys.stdlib_module_names)
    assert foreign <= {"msixlite", "__main__"}


@pytest.mark.parametrize(
    "verb", [[], *([verb] for verb in ["run", "test", "init", "demo", "import", "user", "verify-audit", "bench"])]
)
def test_every_verb_has_its_help_from_another_folder(tmp_path, verb):
    shown = start(*verb, "--help", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "usage: python3 app.py" in shown.stdout


def test_pips_error_is_shown(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["no-such-package-of-ours==0.0"]\n')
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from msixlite import bootstrap; bootstrap.enter('.', [])"
    ended = subprocess.run(
        [OUTSIDE, "-c", code],
        cwd=tmp_path,
        env={"PATH": os.defpath, "PIP_NO_INDEX": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert "pip says" in ended.stderr
    assert "no-such-package-of-ours" in ended.stderr


def test_a_missing_venv_package_gets_the_line_to_type():
    said = bootstrap.no_venv_sentence("The virtual environment was not created because ensurepip is not available.")
    assert f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv" in said


def test_where_pango_is_missing_it_is_installed_or_named(tmp_path):
    """As root by apt-get, here a program that writes down what it was asked; as anybody else the line to type."""
    (tmp_path / ".venv").mkdir()
    asked = tmp_path / "apt-get"
    asked.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    asked.chmod(0o755)
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from msixlite import bootstrap; "
        f"bootstrap.PANGO_LIBRARIES = ['a-library-that-nobody-has']; bootstrap.provide_pango({str(tmp_path)!r})"
    )
    environment = {"PATH": f"{tmp_path}:{os.defpath}"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    ).stdout
    packages = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    if os.geteuid() == 0:
        assert said.startswith(f"Installing for PDFs: {packages}")
        assert (tmp_path / "asked").read_text() == f"install -y {packages}\n"
    else:
        assert said == f"PDFs need Pango. Type: sudo apt-get install -y {packages}\n"


def test_an_old_python_is_told_so(tmp_path):
    code = "import sys; sys.version_info = (3, 8, 1); from msixlite import bootstrap; bootstrap.enter('.', [])"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "needs Python 3.11 or newer; this is 3.8" in ended.stderr
