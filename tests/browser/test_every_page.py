"""Every page for every role: nothing for axe to find, no sideways scrolling at 320 px."""

import sqlite3
from contextlib import closing
from datetime import date

import pytest

from msixlite.models.users import Role

pytestmark = pytest.mark.browser
PUBLIC = (
    "/consent",
    "/login",
    "/help",
    "/accessibility",
    "/nowhere",
    "/get-an-account",
    "/get-an-account?state=TX",
    "/user-administrators/?state=TX",
    "/user-administrators/sent",
    "/status",
)


def check(page, axe, path):
    page.wait_for_load_state()
    page.goto(path)
    page.wait_for_load_state()
    assert axe() == [], path
    page.set_viewport_size({"width": 320, "height": 800})
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size({"width": 1280, "height": 800})
    assert wide <= 320, f"{path} is {wide} px wide at 320"


def test_public_pages(browser, address, axe_of):
    context = browser.new_context(base_url=address)
    page = context.new_page()
    for path in PUBLIC:
        check(page, axe_of(page), path)
    page.goto("/user-administrators/?state=TX")
    check(page, axe_of(page), page.get_by_role("link", name="Write to").first.get_attribute("href"))
    page.goto("/consent")
    page.get_by_role("button", name="Continue").click()
    assert axe_of(page)() == []
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("Please mend these first").wait_for()
    assert axe_of(page)() == []
    context.close()


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
def test_pages_of_the_menu(role, page, sign_in, axe_of):
    sign_in(role.label)
    axe = axe_of(page)
    paths = page.locator("nav[aria-label=Main] a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    for path in (*paths, "/password", "/rules", "/training/", "/training/quiz", "/drafts/", "/me/access", "/status"):
        check(page, axe, path)


def test_upload_schedule(page, sign_in, axe_of):
    sign_in("State Data Administrator")
    page.goto("/uploads/schedule/")
    page.get_by_label("What happened, or will").select_option("change of residence")
    page.get_by_label("Day").fill(f"{date.today():%Y-%m-%d}")
    page.get_by_role("button", name="Add").click()
    page.get_by_text("The day stands on the list").wait_for()
    check(page, axe_of(page), "/uploads/schedule/")


def test_alert_of_two_networks(page, sign_in, axe_of, site_folder):
    """On the person's own page and on the administrator's list."""
    sign_in("MSIX Primary")
    with closing(sqlite3.connect(site_folder / "msixlite.sqlite3")) as database, database:
        newest = "SELECT user_id FROM user_session ORDER BY id DESC LIMIT 1"
        now = "strftime('%Y-%m-%d %H:%M:%f', 'now')"
        database.execute(
            "INSERT INTO sign_in_alert (user_id, at, address, other_address, other_active_at)"
            f" VALUES (({newest}), {now}, '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff', '192.0.2.10', {now})"
        )
    check(page, axe_of(page), "/")
    page.get_by_text("Your account was used from two networks").wait_for()
    page.get_by_role("button", name="That was me", exact=True).click()
    page.get_by_text("Thank you").wait_for()
    page.context.clear_cookies()
    sign_in("State User Administrator")
    check(page, axe_of(page), "/users/")


def test_worklist_export_and_training_taken_elsewhere(page, sign_in, axe_of):
    sign_in("State Data Administrator")
    check(page, axe_of(page), "/worklist/export")
    page.context.clear_cookies()
    sign_in("State User Administrator")
    page.goto("/users/")
    account = page.locator("a.hit").first.get_attribute("href")
    check(page, axe_of(page), account)
    check(page, axe_of(page), account.replace("/users/", "/training/elsewhere/"))


def test_pages_of_a_child(page, sign_in, axe_of):
    sign_in("State Data Administrator")
    axe = axe_of(page)
    page.locator("#q").fill("garsia lopes maria 3/14/2012")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    check(page, axe, page.url)
    page.locator("a.hit").first.click()
    page.wait_for_load_state()
    record = page.url
    check(page, axe, record)
    check(page, axe, f"{record}/history")
    for part in ("family", "packet", "credits"):
        check(page, axe, f"{record}/{part}")
    for question in ("a", "zzyzx quuxly 1/1/2001"):
        page.locator("#q").fill(question)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        check(page, axe, page.url)


def test_pages_of_the_worklist_and_of_uploads(page, sign_in, axe_of, tmp_path):
    sign_in("State Data Administrator", 1)
    axe = axe_of(page)
    page.goto("/worklist/")
    page.locator("a.hit").first.click()
    page.wait_for_load_state()
    check(page, axe, page.url)
    page.goto("/uploads/")
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    check(page, axe, page.url)
    faulty = tmp_path / "students.csv"
    faulty.write_text(
        "State Student Identifier,State Student Identifier Type,First Name,Last Name 1,Sex,Birth Date\n"
        "9001,01,Maximiliana Guadalupe Concepcion de los Angeles,Villavicencio de la Garza,Female,03/14/212\n"
    )
    page.goto("/uploads/")
    page.get_by_label("File").set_input_files(faulty)
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("1 row in quarantine").first.wait_for()
    check(page, axe, page.url)


IN_SPANISH = (
    "/",
    "/worklist/",
    "/merges/",
    "/moves/",
    "/requests/",
    "/corrections/",
    "/uploads/",
    "/audit/",
    "/settings/",
)


@pytest.fixture
def in_spanish(page, sign_in):
    """A State Data Administrator who reads Spanish for one test: the choice stays with the account."""
    sign_in("State Data Administrator")
    page.locator("button[name=language][value=es]").click()
    page.get_by_role("heading", level=1, name="Inicio").wait_for()
    yield page
    page.goto("/")
    page.locator("button[name=language][value=en]").click()
    page.get_by_role("heading", level=1, name="Home").wait_for()


def test_main_pages_in_spanish(in_spanish, axe_of):
    """Its words are longer: none may push a page wider than a telephone."""
    page, axe = in_spanish, axe_of(in_spanish)
    for path in IN_SPANISH:
        check(page, axe, path)
    page.goto("/worklist/")
    check(page, axe, page.locator("a.hit").first.get_attribute("href"))
    page.locator("#q").fill("garcia lopez maria")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    check(page, axe, page.url)
    check(page, axe, page.locator("a.hit").first.get_attribute("href"))
    assert page.locator("html").get_attribute("lang") == "es"


def test_public_pages_in_spanish(browser, address, axe_of):
    context = browser.new_context(base_url=address, locale="es-MX")
    page = context.new_page()
    for path in ("/login", "/get-an-account?state=TX", "/status"):
        check(page, axe_of(page), path)
    assert page.locator("html").get_attribute("lang") == "es"
    context.close()


def test_pages_of_user_administration(page, sign_in, axe_of):
    sign_in("State User Administrator", 1)
    axe = axe_of(page)
    page.goto("/account-reviews/")
    page.get_by_role("button", name="Begin a review").click()
    check(page, axe, page.url)
    page.goto("/users/")
    page.locator("a.hit").first.click()
    page.wait_for_load_state()
    check(page, axe, page.url)
    for path in (f"{page.url}/change", "/users/new", "/users/roles", "/training/due", "/training/state-text"):
        check(page, axe, path)


def test_pages_of_regions(page, sign_in, axe_of):
    sign_in("State Region Administrator", 1)
    for path in ("/regions/districts", "/regions/districts?show=without"):
        check(page, axe_of(page), path)
    page.goto("/regions/")
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    check(page, axe_of(page), page.url)


def test_pages_of_corrections(page, sign_in, axe_of):
    sign_in("State Data Administrator")
    axe = axe_of(page)
    page.goto("/corrections/")
    requests = page.locator("tbody a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(requests) == 4
    for path in requests:
        check(page, axe, path)
    child = page.locator("p.lead a").get_attribute("href")
    check(page, axe, child)
    check(page, axe, child.replace("/students/", "/corrections/new/") + "?beside=es")
    for path in ("/corrections/letters", "/corrections/letters/decision/es", "/disputes/"):
        check(page, axe, path)


def test_pages_of_dispute_statements(page, sign_in, axe_of):
    sign_in("Privacy Act Administrator")
    axe = axe_of(page)
    page.goto("/disputes/")
    page.locator("tbody a").first.click()
    page.wait_for_load_state()
    check(page, axe, page.url)
    page.locator("p.lead a").click()
    page.wait_for_load_state()
    if page.url.split("?")[0].endswith("/purpose"):
        page.locator("main label.usa-radio__label").first.click()
        page.locator("main form button[type=submit]").click()
        page.wait_for_load_state()
    page.get_by_role("link", name="Dispute", exact=True).click()
    page.wait_for_load_state()
    check(page, axe, page.url)
