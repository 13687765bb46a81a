"""What a person does on a page, counted: one key, one click, one choice or one typed text is one interaction."""


class Hand:
    def __init__(self, page):
        self.page, self.count = page, 0

    def key(self, name, *, leads=True):
        """A key chord; `leads`: another page opens."""
        self._does(lambda: self.page.keyboard.press(name), leads)

    def open(self, address):
        """A link from elsewhere."""
        self._does(lambda: self.page.goto(address), False)

    def click(self, what, *, leads=False):
        self._does(what.click, leads)

    def type(self, text, into=None):
        """Into a field, or into what has the focus."""
        if into is None:
            self._does(lambda: self.page.keyboard.type(text), False)
        else:
            self._does(lambda: into.fill(text), False)

    def choose(self, field, choice):
        self._does(lambda: field.select_option(choice), False)

    def attach(self, field, file):
        self._does(lambda: field.set_input_files(file), False)

    def _does(self, deed, leads):
        self.count += 1
        if leads:
            with self.page.expect_navigation():
                deed()
        else:
            deed()


def open_record(page, text="garcia lopez maria 3/14/2012"):
    """From any page to the record of the first child found."""
    page.locator("#q").fill(text)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    if page.locator("a.hit").count():
        with page.expect_navigation():
            page.locator("a.hit").first.click()
    page.locator("#who").wait_for()
