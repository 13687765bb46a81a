"""A User Administrator's two daily tasks, counted: an interaction is one click, one choice or one typed text."""

import pytest

pytestmark = pytest.mark.browser


class Counted:
    """What a person does on the page, and how often."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def click(self, role, name):
        self.count += 1
        self.page.get_by_role(role, name=name, exact=True).click()

    def type(self, label, text):
        self.count += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def choose(self, label, choice):
        self.count += 1
        self.page.get_by_label(label, exact=True).select_option(choice)


def test_an_account_in_eight_interactions(page, sign_in):
    sign_in("State User Administrator")
    person = Counted(page)
    person.click("link", "New account")
    person.type("First name", "Nela")
    person.type("Last name", "Ruiz")
    person.type("E-mail address", "nela.ruiz@example.gov")
    person.type("Work phone", "(555) 555-0170")
    person.choose("Role", "MSIX Primary")
    page.get_by_text("Find students: all States").wait_for()
    person.choose("Place", "Palo Seco ISD")
    person.click("button", "Create the account")
    page.get_by_role("heading", level=1, name="One-time password").wait_for()
    assert person.count <= 8


def test_a_password_in_three_interactions(page, sign_in):
    sign_in("State User Administrator")
    page.goto("/users/")
    page.locator("a.hit").first.click()
    person = Counted(page)
    person.count += 1
    page.locator("label[for=reset-CALL_BACK]").click()
    person.type("Number called back, or a note", "(555) 555-0100")
    person.click("button", "Reset the password")
    page.get_by_role("heading", level=1, name="One-time password").wait_for()
    assert person.count <= 3
