"""C8: a District Data Administrator forwards that somebody of the district no longer needs access; nothing more."""

from datetime import UTC, datetime

import pytest

from msixlite.domain import access_notices
from msixlite.domain.errors import NotFound, RuleBroken
from msixlite.models.users import AccountStatus, NoticeKind, Role

pytestmark = pytest.mark.writes
NOW = datetime.now(UTC)


def forward(db, person, actor, by="district_data_administrator", words="left in June"):
    return access_notices.forward(db, person(actor).id, words=words, now=NOW, by=person(by))


def test_the_people_of_the_own_district_without_oneself(db, person):
    seen = {user.user_name for user in access_notices.staff(db, by=person("district_data_administrator"))}
    assert seen == {"msix_primary"}
    person("msix_primary").status = AccountStatus.DEACTIVATED
    db.flush()
    assert access_notices.staff(db, by=person("district_data_administrator")) == []


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DISTRICT_DATA_ADMINISTRATOR])
def test_nobody_else_sees_or_forwards(db, person, role):
    assert access_notices.staff(db, by=person(role.value)) == []
    with pytest.raises(NotFound):
        forward(db, person, "msix_primary" if role is not Role.MSIX_PRIMARY else "msix_secondary", by=role.value)


def test_it_stands_on_the_user_administrators_list_and_changes_no_account(db, person):
    user = person("msix_primary")
    before = (user.status, user.role, user.edition)
    notice = forward(db, person, "msix_primary")
    assert (notice.kind, notice.forwarded_by_id) == (
        NoticeKind.NO_LONGER_NEEDED,
        person("district_data_administrator").id,
    )
    for by in ("state_user_administrator", "regional_user_administrator"):
        assert [one.user_id for one in access_notices.waiting(db, by=person(by))] == [user.id]
    assert access_notices.waiting(db, by=person("vt_state_user_administrator")) == []
    assert (user.status, user.role, user.edition) == before


@pytest.mark.parametrize("actor", ["msix_secondary", "vt_msix_primary", "district_data_administrator"])
def test_people_elsewhere_and_oneself_do_not_exist(db, person, actor):
    with pytest.raises(NotFound):
        forward(db, person, actor)


def test_once_and_with_words(db, person):
    with pytest.raises(RuleBroken, match="Write since when"):
        forward(db, person, "msix_primary", words=" ")
    forward(db, person, "msix_primary")
    with pytest.raises(RuleBroken, match="on their list already"):
        forward(db, person, "msix_primary")
