"""Time on task: how many interactions each job of the office takes, and that its result is on the screen.

Each test names its goal and the most it may take; a table of goal and count is printed at the end of the run.
"""

import io
import re
from datetime import UTC, datetime, timedelta

import pypdf
import pytest

from tests.browser.hand import Hand, open_record
from tests.files import child, workbook

pytestmark = pytest.mark.browser
VERMONT, OHIO = 1, 2
MARIA = "Garcia-Lopez, Maria G."


@pytest.fixture
def hand(page, request):
    """Counts; at the end the count is compared with the goal and kept for the table."""
    hands = Hand(page)
    yield hands
    goal = request.node.get_closest_marker("goal")
    if goal is None:
        return
    number, task, most = goal.args
    request.node.user_properties.append(("goal", [number, task, most, hands.count]))
    assert hands.count <= most, f"{task}: {hands.count} interactions, {most} are the goal"


def heading(page):
    return page.get_by_role("heading", level=1).inner_text()


def find_and_print(page, hand, text, *, from_list):
    hand.key("/", leads=False)
    hand.type(text)
    page.locator("#results a.hit").first.wait_for()
    if from_list:
        hand.key("ArrowDown", leads=False)
    hand.key("Enter")
    page.get_by_role("heading", level=1, name=MARIA).wait_for()
    assert page.locator("main").get_by_text("Opened because").count() == (not from_list)
    hand.key("p")
    drawn = pypdf.PdfReader(io.BytesIO(page.context.request.get(page.url).body()))
    assert MARIA in drawn.pages[0].extract_text()


@pytest.mark.goal(1, "Registrar finds and prints a record, name known", 4)
def test_a_known_child_is_printed(page, sign_in, hand):
    sign_in("MSIX Primary")
    find_and_print(page, hand, "garcia lopez maria 3/14/2012", from_list=False)


def test_the_list_is_one_key_away(page, sign_in, hand):
    sign_in("MSIX Primary")
    page.locator("#q").fill("garcia lopez maria 3/14/2012")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Opened because" in page.locator("#status").inner_text()
    hand.key("b")
    assert heading(page) == "Find a student"
    assert page.locator("a.hit", has_text=MARIA).count() == 1


@pytest.mark.goal(2, "The same with a misspelt double surname", 5)
def test_a_misspelt_child_is_printed(page, sign_in, hand):
    sign_in("MSIX Primary")
    find_and_print(page, hand, "garsia lopes 3/14/12", from_list=True)


@pytest.mark.goal(4, "Prints the Spanish family page", 1)
def test_the_family_page_is_printed(page, sign_in, hand):
    sign_in("MSIX Primary")
    open_record(page)
    hand.key("f")
    drawn = pypdf.PdfReader(io.BytesIO(page.context.request.get(page.url).body()))
    said = drawn.pages[0].extract_text()
    assert "familia" in said.lower()
    assert "Garcia-Lopez" in said


@pytest.mark.goal(3, "Registrar knows grade, flags, telephone, open courses without scrolling", 0)
def test_the_first_screen_answers(page, sign_in, hand):
    sign_in("MSIX Primary")
    open_record(page)
    for box in page.locator(".boxes .box").all():
        lines = box.locator("dd, li, tbody tr, p").all()
        last = max(line.bounding_box()["y"] + line.bounding_box()["height"] for line in lines)
        assert last <= 800, f"{box.locator('h2').inner_text()} needs scrolling"
    said = page.locator(".boxes").inner_text()
    assert re.search(r"Grade 8", said)
    assert "(802) 555-0103" in said
    assert "Algebra I" in said
    assert "Medical alert" in page.locator(".record-flags").inner_text()


@pytest.mark.goal(5, "Data Administrator decides a clear near match", 2)
def test_a_near_match_is_decided(page, near_match, hand):
    first = heading(page)
    hand.key("n")
    assert heading(page) != first
    assert f"{first}: different children" in page.locator(".undo-bar").inner_text()


@pytest.mark.goal(6, "Takes it back", 1)
def test_a_decision_is_taken_back(page, near_match, hand):
    first = heading(page)
    page.keyboard.press("n")
    page.locator(".undo-bar").wait_for()
    hand.key("u")
    assert heading(page) == first
    assert "Different children" in page.locator("main").inner_text()


YESTERDAY = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()


@pytest.fixture
def near_match(page, sign_in):
    """The first near match due is open."""
    sign_in("State Data Administrator", VERMONT)
    page.goto("/worklist/")
    page.locator("a.hit").first.click()
    page.wait_for_url(re.compile(r"/worklist/\d+"))


@pytest.mark.goal(7, "Clears 10 items", 25)
def test_ten_items_are_cleared(page, near_match, hand):
    """Data quality items are closed by hand: a click into the field, a typed sentence, a click on the button."""
    for _ in range(10):
        if page.locator("[data-key=n]").count():
            hand.key("n")
            continue
        hand.click(page.get_by_label("What was done"))
        hand.type("the family's papers were checked")
        hand.click(page.get_by_role("button", name="Close by hand"), leads=True)
    page.goto("/worklist/?view=done")
    assert page.locator("tbody tr").count() >= 10


@pytest.mark.goal(8, "Sends a move notice", 6)
def test_a_move_notice_is_sent(page, sign_in, hand):
    sign_in("MSIX Primary")
    open_record(page)
    hand.key("m")
    hand.click(page.get_by_text("They left"))
    hand.type(YESTERDAY, page.get_by_label("Date", exact=True))
    with page.expect_response("**/recipients"):
        hand.choose(page.get_by_label("State", exact=True), "VT")
    hand.choose(page.get_by_label("Who told us"), "the family")
    assert "This goes to" in page.locator(".who-gets-it").inner_text()
    hand.click(page.get_by_role("button", name="Send the notice"), leads=True)
    assert "MN-" in heading(page)
    assert "was sent to" in page.locator("main").inner_text()


@pytest.mark.goal(9, "Answers a data request", 5)
def test_a_data_request_is_answered(page, sign_in, hand):
    sign_in("District Data Administrator")
    main = page.get_by_role("navigation", name="Main")
    hand.click(main.get_by_role("link", name="Requests"), leads=True)
    waiting = page.get_by_role("row").filter(has_text="Sent").filter(has_text="García López")
    hand.click(waiting.get_by_role("link"), leads=True)
    hand.type("The school has not said yet.", page.get_by_label("Not available, because"))
    hand.click(page.get_by_role("button", name="Answer", exact=True), leads=True)
    page.get_by_text("not available: The school has not said yet.").first.wait_for()
    assert "Answered" in page.locator("p.lead").inner_text()


@pytest.mark.goal(10, "Uploads 500 rows with 5 bad, mends them", 12)
def test_a_file_is_uploaded_and_mended(page, sign_in, hand, tmp_path):
    sign_in("State Data Administrator", OHIO)
    rows = [child(f"OHX{number}", First_Name=f"Xiomara{number}") for number in range(500)]
    for row, element, value in (
        (17, "Birth Date", "03/14/212"),
        (101, "Sex", "Femal"),
        (250, "Birth Date", "02/30/2012"),
        (333, "Multiple Birth Flag", "perhaps"),
        (499, "First Name", ""),
    ):
        rows[row][element] = value
    file = workbook(tmp_path / "ohio.xlsx", {"Students": rows})
    page.goto("/uploads/")
    hand.attach(page.get_by_label("File"), file)
    hand.click(page.get_by_role("button", name="Upload"), leads=True)
    page.locator("p.lead", has_text="5 rows in quarantine").wait_for()
    fields = page.locator("main form .mend")
    for at, value in enumerate(("03/14/2012", "Female", "02/28/2012", "N", "Xiomara")):
        field = fields.nth(at)
        if field.evaluate("one => one.tagName") == "SELECT":
            hand.choose(field, value)
        else:
            hand.type(value, field)
    hand.click(page.get_by_role("button", name="Check and take these rows"), leads=True)
    assert "5 rows taken." in page.locator("main").inner_text()


@pytest.mark.goal(11, "User Administrator makes an account", 8)
def test_an_account_is_made(page, sign_in, hand):
    sign_in("State User Administrator")
    hand.click(page.get_by_role("link", name="New account", exact=True), leads=True)
    for label, text in (
        ("First name", "Nela"),
        ("Last name", "Ruiz"),
        ("E-mail address", "nela.ruiz@example.gov"),
        ("Work phone", "(555) 555-0170"),
    ):
        hand.type(text, page.get_by_label(label, exact=True))
    hand.choose(page.get_by_label("Role", exact=True), "MSIX Primary")
    page.get_by_text("Find students: all States").wait_for()
    hand.choose(page.get_by_label("Place", exact=True), "Palo Seco ISD")
    hand.click(page.get_by_role("button", name="Create the account"), leads=True)
    assert heading(page) == "One-time password"


@pytest.mark.goal(12, "Resets a password", 3)
def test_a_password_is_reset(page, sign_in, hand):
    sign_in("State User Administrator")
    page.goto("/users/")
    page.locator("tr", has_text="State Region Administrator").locator("a.hit").first.click()
    hand.click(page.locator("label[for=reset-CALL_BACK]"))
    hand.type("(555) 555-0100", page.get_by_label("Number called back, or a note", exact=True))
    hand.click(page.get_by_role("button", name="Reset the password", exact=True), leads=True)
    assert heading(page) == "One-time password"


@pytest.mark.goal(13, "Auditor sees who saw a child", 3)
def test_who_saw_a_child(page, sign_in, hand):
    sign_in("State Data Administrator")
    open_record(page)
    msix_id = re.search(r"/students/(\d{12})", page.url)[1]
    page.goto(f"/students/{msix_id}")
    hand.click(page.get_by_role("link", name="Who saw this child"), leads=True)
    assert "State Data Administrator" in page.locator("main").inner_text()
