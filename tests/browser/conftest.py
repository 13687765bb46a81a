"""A real server at its first start, with the demo, and a real browser."""

import json
import os
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from msixlite.models.users import Role
from tests.world import right_answers

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")
NEW_PASSWORD = "Orchard-Gate-9"


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory):
    return tmp_path_factory.mktemp("site")


@contextmanager
def served(site_folder):
    """The address of a new site, which its first start prints in its frame."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {"PATH": os.defpath, "MSIXLITE_INSTANCE": str(site_folder), "MSIXLITE_PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py")], env=environment, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    said = []
    for line in server.stdout:
        said.append(line)
        if "To stop" in line:
            break
    assert "To stop" in said[-1], "".join(said)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    assert server.wait(timeout=20) == 0


def sign_ins(site_folder):
    """Role → its demo accounts."""
    listed = {}
    for account in json.loads((site_folder / "demo-accounts.json").read_text()):
        listed.setdefault(account["role"], []).append(account)
    return listed


@pytest.fixture(scope="session")
def address(site_folder):
    with served(site_folder) as found:
        yield found


@pytest.fixture(scope="session")
def accounts(address, site_folder):
    return sign_ins(site_folder)


@pytest.fixture(scope="session")
def browser():
    if CHROMIUM is None:
        pytest.fail("The browser tests need chromium. On Debian type: sudo apt-get install -y chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


def is_fault(said):
    """A form that comes back with its errors is a 422, which the console reports; it is none."""
    return said.type in ("error", "warning") and "status of 422" not in said.text


@pytest.fixture
def page(browser, address):
    """A page at 1280 x 800 that fails the test when the console says anything wrong."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, base_url=address, accept_downloads=True)
    opened = context.new_page()
    faults = []
    opened.on("console", lambda said: faults.append(said.text) if is_fault(said) else None)
    opened.on("pageerror", lambda fault: faults.append(str(fault)))
    yield opened
    context.close()
    assert faults == []


def take_training(page, label):
    """The quiz of the role, all of it right."""
    page.get_by_role("link", name="To the quiz:").click()
    for number, choice in right_answers(next(role for role in Role if role.label == label)).items():
        page.locator(f"label[for=question-{number}-{choice}]").click()
    page.get_by_role("button", name="Send my answers").click()


@pytest.fixture
def sign_in(page, accounts):
    """`sign_in("MSIX Primary")`: through the notice, and at the first time through password, rules and training."""

    def sign_in(role, number=0):
        account = accounts[role][number]
        page.goto("/")
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("User name").fill(account["user"])
        page.get_by_label("Password").fill(account["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        if page.url.endswith("/password"):
            page.get_by_label("Present password").fill(account["password"])
            page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
            page.get_by_label("New password, once more").fill(NEW_PASSWORD)
            page.get_by_role("button", name="Change password").click()
            account["password"] = NEW_PASSWORD
        if page.url.endswith("/rules"):
            page.locator("label[for=accept]").click()
            page.get_by_role("button", name="Accept").click()
        if page.url.endswith("/training/"):
            take_training(page, role)
        page.get_by_role("heading", level=1, name="Home").wait_for()

    return sign_in


@pytest.fixture(scope="session")
def axe_of():
    """`axe_of(page)()`: what axe finds on the page, as texts."""
    source = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")

    def axe_of(page):
        def axe():
            page.evaluate(source)
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
            return [f"{one['id']}: {one['help']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]

        return axe

    return axe_of
