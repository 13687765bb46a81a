"""The search box: the address holds a token, which is of use to nobody else."""

import pytest

SOUGHT = "castaneda graciela 3/14/2012"


@pytest.fixture
def results(as_):
    """The address of the results that a Secondary User's search led to."""
    return as_("msix_secondary").send("/students/", {"q": SOUGHT}, expect=303).location


class TestResults:
    def test_their_address_names_nobody(self, as_, results):
        assert "graciela" not in results.lower()
        assert "2012" not in results
        assert "Graciela" in as_("msix_secondary").get(results, expect=200).text

    def test_are_their_own_persons_only(self, as_, results):
        page = as_("msix_primary").get(results, expect=200).text
        assert "Graciela" not in page
        assert SOUGHT not in page

    def test_a_token_that_is_none_shows_an_empty_search(self, as_):
        assert "Type a name and a birth date" in as_("msix_primary").get("/students/?search=' OR 1=1", expect=200).text

    def test_nothing_typed_is_said(self, as_):
        answer = as_("msix_primary").send("/students/", {"q": ""}, expect=422)
        assert "Type a name and a birth date" in answer.text


class TestSuggestions:
    def test_are_the_results_alone(self, as_):
        client = as_("msix_primary")
        answer = client.post(
            "/students/suggest", data={"q": SOUGHT, "csrf_token": client.token()}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert "Graciela" in answer.text
        assert "<html" not in answer.text
