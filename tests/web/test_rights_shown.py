"""What a person is told they may do: only functions that this program has pages for."""

import html
import re

import pytest

from msixlite.domain.permissions import GRANTS, Permission
from msixlite.models.users import Role
from msixlite.web import access


def shown(text):
    return set(
        re.findall(
            r"<li>([^<:]+): (?:own|all)", html.unescape(text).split("Your rights")[-1].split("What I may do")[-1]
        )
    )


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
@pytest.mark.parametrize("path", ["/", "/me/"])
def test_no_right_without_a_page(role, path, as_, app):
    words = shown(as_(role.value).get(path, expect=200).text)
    existing = access.functions(app)
    assert words == {one.value[0].upper() + one.value[1:] for one in GRANTS[role] if one in existing}


def test_what_has_no_page_is_known_by_name(app):
    """A function that gets its page later shows by itself; until then nobody is promised it."""
    missing = set(Permission) - access.functions(app)
    for permission in missing:
        assert not [view for view in app.view_functions.values() if view.access.permission is permission]


def test_a_function_that_is_part_of_another_ones_pages_says_so():
    for part, whole in access.PART_OF.items():
        roles = {role for role in Role if part in GRANTS[role]}
        assert roles
        assert roles <= {role for role in Role if whole in GRANTS[role]}
