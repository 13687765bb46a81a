"""Purpose of use: asked before a child outside one's own scope opens."""

import pytest
from sqlalchemy import select

from msixlite.domain.permissions import Permission, allows
from msixlite.models.audit import AuditEvent
from msixlite.models.students import StateRecord, Student
from msixlite.models.users import Role, User


@pytest.fixture
def msix(db):
    """`msix("TX100")`: the MSIX ID of the child that a State calls so."""
    return lambda number: db.scalar(
        select(Student.msix_id).join(StateRecord).where(StateRecord.state_student_id == number)
    )


def last_event(app, action):
    with app.config["SESSIONS"]().reading() as db:
        return db.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id.desc())).first()


class TestScope:
    @pytest.mark.parametrize(
        ("actor", "number", "opens"),
        [
            ("msix_primary", "TX100", True),  # enrolled in the own district
            ("msix_primary", "TX101", False),  # of the own State, not enrolled in the own district
            ("msix_primary", "VT201", False),
            ("msix_secondary", "TX101", True),  # an account of the whole State
            ("district_data_administrator", "TX100", True),
            ("district_data_administrator", "TX103", False),
            ("regional_data_administrator", "TX100", True),
            ("regional_data_administrator", "TX103", False),
            ("state_data_administrator", "TX103", True),
            ("state_data_administrator", "VT201", False),
            ("vt_state_data_administrator", "VT200", True),
            ("vt_state_data_administrator", "TX101", False),
            ("privacy_act_administrator", "TX100", False),
        ],
    )
    def test_only_a_child_of_ones_own_opens_unasked(self, as_, msix, actor, number, opens):
        answer = as_(actor, purpose=None).get(f"/students/{msix(number)}")
        if opens:
            assert answer.status_code == 200
        else:
            assert answer.status_code == 303
            assert answer.location.startswith(f"/students/{msix(number)}/purpose?")

    @pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
    def test_every_address_with_a_child_asks(self, app, as_, msix, role):
        """Generated from the URL map, so that a page made tomorrow asks too."""
        if not allows(User(role=role), Permission.DISPLAY_STUDENT_RECORD):
            return
        client = as_(role.value, purpose=None)
        token = client.token()
        for path, methods in self.addresses_with_a_child(app, role, msix("VT201")):
            for method in methods:
                answer = client.open(path, method=method, data={"csrf_token": token} if method == "POST" else None)
                assert (answer.status_code, "/purpose" in (answer.location or "")) == (303, True), (method, path)
            client.open(path, method=min(methods), headers={"HX-Request": "true"}, expect=401)

    def addresses_with_a_child(self, app, role, msix_id):
        with app.test_request_context():
            return [
                (rule.build({"msix_id": msix_id})[1], rule.methods - {"OPTIONS"})
                for rule in app.url_map.iter_rules()
                for access in [app.view_functions[rule.endpoint].access]
                if rule.arguments == {"msix_id"}
                and access.asks_purpose
                and access.permission
                and allows(User(role=role), access.permission)
            ]


class TestAsking:
    def test_shows_nothing_of_the_child(self, as_, msix):
        text = as_("msix_primary", purpose=None).get(f"/students/{msix('VT201')}/purpose", expect=200).text
        assert "Okonkwo" not in text
        assert "Thaddeus" not in text

    def test_leads_on_and_is_remembered_for_the_visit(self, as_, app, msix):
        client = as_("msix_primary", purpose=None)
        asked = client.get(f"/students/{msix('VT201')}/history", expect=303).location
        client.get(asked, expect=200)
        form = {"purpose": "enrollment", "next": f"/students/{msix('VT201')}/history"}
        assert client.send(asked, form, expect=303).location == f"/students/{msix('VT201')}/history"
        client.get(f"/students/{msix('VT201')}", expect=200)
        client.get(f"/students/{msix('TX103')}", expect=200)
        assert last_event(app, "students.record").detail["purpose"] == "enrollment"

    def test_another_visit_asks_again(self, as_, msix):
        as_("msix_primary").get(f"/students/{msix('VT201')}", expect=200)
        as_("msix_primary", purpose=None).get(f"/students/{msix('VT201')}", expect=303)

    def test_consent_wants_its_reference_and_opens_one_child(self, as_, app, msix):
        client = as_("msix_primary", purpose=None)
        path = f"/students/{msix('VT201')}/purpose"
        assert "consent is kept" in client.send(path, {"purpose": "written_consent"}, expect=422).text
        client.send(path, {"purpose": "written_consent", "reference": "Folder 12, 03/02/2026"}, expect=303)
        client.get(f"/students/{msix('VT201')}", expect=200)
        event = last_event(app, "students.record")
        assert (event.detail["purpose"], event.detail["reference"]) == ("written_consent", "Folder 12, 03/02/2026")
        client.get(f"/students/{msix('TX103')}", expect=303)

    @pytest.mark.parametrize("purpose", ["", "curiosity", "own scope"])
    def test_nothing_else_is_a_purpose(self, as_, msix, purpose):
        client = as_("msix_primary", purpose=None)
        client.send(f"/students/{msix('VT201')}/purpose", {"purpose": purpose}, expect=422)
        client.get(f"/students/{msix('VT201')}", expect=303)

    def test_asking_is_no_disclosure(self, as_, app, msix):
        as_("msix_primary", purpose=None).get(f"/students/{msix('VT201')}", expect=303)
        assert last_event(app, "students.record").outcome == "asked for the purpose"
        text = as_("privacy_act_administrator").get(f"/audit/students/{msix('VT201')}", expect=200).text
        assert "opened a record" not in text
