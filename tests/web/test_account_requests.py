"""How to get an account: the public form, its file, and the administrator's steps."""

import io
import re

import pytest
from sqlalchemy import select

from msixlite.models.account_requests import AccountRequest, RequestStatus
from msixlite.models.audit import AuditEvent
from msixlite.models.places import District
from msixlite.models.users import Role, User
from tests.domain.test_accounts import PDF


@pytest.fixture
def read(app):
    def read():
        with app.config["SESSIONS"]().reading() as db:
            return db.scalars(select(AccountRequest)).all()

    return read


@pytest.fixture
def apply(visitor, db):
    def apply(expect=303, content=PDF, file_name="form.pdf", state="TX", **other):
        district = db.scalar(select(District.id).where(District.code == "4800001"))
        form = {
            "first_name": "Nela",
            "last_name": "Ruiz",
            "title": "Registrar",
            "email": "nela@example.gov",
            "phone": "(555) 555-0170",
            "work_address": "1 School Road",
            "role": "msix_primary",
            "place": f"district-{district}",
            "intended_use": "I enroll children.",
            "trained_on": "2026-01-15",
            "verifier_name": "Dr. Head",
            "verifier_title": "Principal",
            "verifier_phone": "(555) 555-0171",
            "identity_document": "passport",
            "need_attested": "y",
            "signed_form": (io.BytesIO(content), file_name),
            **other,
        }
        return visitor.send(f"/get-an-account?state={state}", form, expect=expect)

    return apply


class TestApply:
    def test_first_the_state_then_its_form(self, visitor):
        assert "Your State" in visitor.get("/get-an-account", expect=200).text
        assert "Robles ISD" in visitor.get("/get-an-account?state=TX", expect=200).text
        assert "Robles ISD" not in visitor.get("/get-an-account?state=VT", expect=200).text
        visitor.get("/get-an-account?state=%27", expect=200)

    def test_is_kept_gives_no_access_and_is_audited(self, apply, visitor, read, app, settings):
        assert "nela" not in apply().location
        (request,) = read()
        assert (request.status, request.role) == (RequestStatus.REQUESTED, Role.MSIX_PRIMARY)
        kept = settings.account_forms / request.form_token
        assert kept.read_bytes() == PDF
        assert "static" not in kept.parts
        assert kept.stat().st_mode & 0o777 == 0o600
        with app.config["SESSIONS"]().reading() as db:
            assert db.scalar(select(User).where(User.email == "nela@example.gov")) is None
            event = db.scalar(select(AuditEvent).where(AuditEvent.action == "account_requests.new"))
        assert event.user_id is None
        assert request.form_token not in str(event.changes)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"content": b"MZ not a pdf"},
            {"content": PDF + b"/JavaScript %%EOF"},
            {"content": PDF + b" " * 6_000_000 + b"%%EOF"},
            {"role": "ome_user_administrator"},
            {"place": "state-VT"},
            {"place": "district-999"},
            {"trained_on": "2999-01-01"},
            {"trained_on": "yesterday"},
            {"identity_document": "none"},
            {"need_attested": ""},
            {"verifier_name": "nela RUIZ"},
            {"email": "nobody"},
            {"intended_use": "x" * 1001},
            {"role": "state_data_administrator"},
        ],
        ids=lambda wrong: next(iter(wrong)) + str(len(str(wrong))),
    )
    def test_what_is_wrong_is_refused_and_leaves_no_file(self, apply, read, settings, wrong):
        page = apply(expect=422, **wrong).text
        assert 'value="Ruiz"' in page
        assert read() == []
        assert not settings.account_forms.exists() or not list(settings.account_forms.iterdir())

    def test_no_status_can_be_sent_along(self, apply, read):
        apply(status="approved", user_id="1", form_token="../../secret_key")
        assert read()[0].status is RequestStatus.REQUESTED
        assert len(read()[0].form_token) == 43

    def test_a_flood_is_stopped(self, apply):
        codes = [apply(expect=None, email="bad").status_code for _ in range(21)]
        assert codes[:20] == [422] * 20
        assert codes[20] == 429


class TestSteps:
    def test_from_the_application_to_the_first_sign_in(self, apply, as_, read, app):
        apply(intended_use="<img src=x>")
        address = f"/account-requests/{read()[0].id}"
        client = as_("regional_user_administrator")
        assert "1</span>" in client.get("/", expect=200).text
        page = client.get(address, expect=200).text
        assert "&lt;img src=x&gt;" in page
        form = client.get(f"{address}/form.pdf", expect=200)
        assert form.data == PDF
        assert "attachment" in form.headers["Content-Disposition"]
        client.send(f"{address}/approve", expect=422)
        assert "Write how you reached" in client.send(f"{address}/verify", expect=422).text
        client.send(f"{address}/verify", {"words": "called the school"}, expect=303)
        client.send(f"{address}/approve", expect=303)
        filled = client.get(f"{address}/create", expect=200).text
        assert 'value="nela@example.gov"' in filled
        place = re.search(r'<option selected value="(district-\d+)"', filled).group(1)
        fields = {
            "first_name": "Nela",
            "last_name": "Ruiz",
            "email": "nela@example.gov",
            "phone": "(555) 555-0170",
            "role": "msix_primary",
            "place": place,
        }
        client.send(f"{address}/create", {**fields, "role": "state_data_administrator"}, expect=422)
        assert "<code>" in client.send(f"{address}/create", fields, expect=200).text
        assert read()[0].status is RequestStatus.CREATED
        client.send(f"{address}/create", {**fields, "email": "two@example.gov"}, expect=422)

    def test_a_refusal_says_why(self, apply, as_, read):
        apply()
        address = f"/account-requests/{read()[0].id}"
        client = as_("state_user_administrator")
        client.send(f"{address}/refuse", expect=422)
        client.send(f"{address}/refuse", {"words": "no such principal"}, expect=303)
        page = client.get(address, expect=200).text
        assert "no such principal" in page
        assert "three years after the refusal" in page

    @pytest.mark.parametrize(
        "other", ["vt_state_user_administrator", "vt_regional_user_administrator", "ome_user_administrator"]
    )
    def test_another_reach_is_404(self, apply, as_, read, other):
        apply()
        client, address = as_(other), f"/account-requests/{read()[0].id}"
        for path in (address, f"{address}/form.pdf", f"{address}/create"):
            client.get(path, expect=404)
        for step in ("verify", "approve", "refuse", "create"):
            client.send(f"{address}/{step}", {"words": "x"}, expect=404)
        assert read()[0].status is RequestStatus.REQUESTED
