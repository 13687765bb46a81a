"""Exported audit trails: signed, chained, checked on any machine, and found out where a line was touched."""

import json
import stat

import pytest
from sqlalchemy import select, update

from msixlite import cli
from msixlite.domain import audit_export, signatures
from msixlite.domain.errors import RuleBroken
from msixlite.domain.signatures import PublicKey, SigningKey
from msixlite.models.audit import AuditEvent
from msixlite.models.exports import Export
from tests.tamper import drop_triggers
from tests.web.test_exports import opened, passphrase_of

REASON = "Sheriff's case 7"


@pytest.fixture
def export(as_):
    """`export(actor, query, format=…)`: the files of an export, and the answer itself."""

    def export(actor="privacy_act_administrator", query="", **form):
        client = as_(actor)
        for _ in range(3):
            as_("msix_primary").get("/", expect=200)
        passphrase = passphrase_of(client.get(f"/audit/export{query}", expect=200).text)
        sent = {"format": "csv", "reason": REASON, "protect": "y", "passphrase": passphrase, **form}
        answer = client.send(f"/audit/export{query}", sent, expect=200)
        return opened(answer, passphrase), answer, passphrase

    return export


@pytest.fixture
def files(export):
    return export()[0]


def signature_of(files, kind="csv"):
    return files[f"audit.{kind}.signature.json"]


def lines_of(files):
    return files["audit.csv"].split(b"\n")


class TestSound:
    @pytest.mark.parametrize("kind", ["csv", "jsonl"])
    def test_is_found_whole_with_who_and_why(self, export, settings, kind):
        files = export(format=kind)[0]
        key = settings.audit_key.public
        found = audit_export.check(files[f"audit.{kind}"], signature_of(files, kind), public_key=key.pem.encode())
        said = "\n".join(found.sentences)
        assert found.ok
        assert key.fingerprint in said
        assert "the key that you gave" in said
        assert "(privacy_act_administrator, Privacy Act Administrator" in said
        assert REASON in said
        assert "none broken" in said
        assert "gaps" not in said

    def test_without_a_key_it_says_what_that_is_worth(self, files):
        found = audit_export.check(files["audit.csv"], signature_of(files))
        assert found.ok
        assert "compare its fingerprint" in "\n".join(found.sentences)

    def test_a_filtered_file_says_what_it_cannot_show(self, export):
        files = export(query="?action=home.index")[0]
        found = audit_export.check(files["audit.csv"], signature_of(files))
        said = "\n".join(found.sentences)
        assert found.ok
        assert "filter: action home.index" in said
        assert "this file alone cannot show" in said

    def test_events_without_the_child_are_said(self, export, as_, db):
        as_("msix_primary").send("/students/", {"q": "Zavala Ulises 07/04/2015"}, expect=303)
        files = export("state_user_administrator", format="jsonl")[0]
        found = audit_export.check(files["audit.jsonl"], signature_of(files, "jsonl"))
        assert found.ok
        assert "without what the reader may not see" in "\n".join(found.sentences)
        assert b"Zavala" not in files["audit.jsonl"]

    def test_an_empty_choice_is_signed_too(self, export):
        files = export(query="?action=regions.create")[0]
        assert audit_export.check(files["audit.csv"], signature_of(files)).ok


class TestTouched:
    """Whoever touches the file: the first line that is not as it was signed is named."""

    def fault(self, lines, files):
        found = audit_export.check(b"\n".join(lines), signature_of(files))
        assert not found.ok
        return found.sentences[0]

    def test_changed(self, files):
        lines = lines_of(files)
        at = next(number for number, line in enumerate(lines) if b"home.index" in line)
        lines[at] = lines[at].replace(b"home.index", b"help.index")
        assert f"Line {at + 1} is the first" in self.fault(lines, files)

    def test_taken_out(self, files):
        lines = lines_of(files)
        del lines[1]
        assert "Line 2 is the first" in self.fault(lines, files)

    def test_two_in_another_order(self, files):
        lines = lines_of(files)
        lines[2], lines[3] = lines[3], lines[2]
        assert "Line 3 is the first" in self.fault(lines, files)

    def test_cut_short(self, files):
        lines = lines_of(files)
        count = len(lines) - 1
        assert f"Line {count} is missing" in self.fault([*lines[:-2], b""], files)

    def test_more_put_in(self, files):
        lines = lines_of(files)
        assert f"Line {len(lines)} was put in" in self.fault([*lines[:-1], lines[2], b""], files)

    def test_the_hashes_of_the_lines_made_anew(self, files):
        content = files["audit.csv"].replace(b"home.index", b"help.index")
        signed = json.loads(signature_of(files))
        signed["statement"]["lines"] = audit_export.line_chain(content)
        found = audit_export.check(content, json.dumps(signed).encode())
        assert not found.ok
        assert "signature does not fit" in found.sentences[0]

    @pytest.mark.parametrize("what", ["reason", "exported_at", "serial", "cut"])
    def test_the_statement(self, files, what):
        signed = json.loads(signature_of(files))
        signed["statement"][what] = "another"
        found = audit_export.check(files["audit.csv"], json.dumps(signed).encode())
        assert "signature does not fit" in found.sentences[0]

    def test_signed_anew_with_a_key_of_ones_own(self, files, settings):
        stranger = SigningKey(signatures.new_private_key())
        content = files["audit.csv"].replace(b"home.index", b"help.index")
        forged = audit_export.sign(content, json.loads(signature_of(files))["statement"], stranger)
        right = settings.audit_key.public.pem.encode()
        found = audit_export.check(content, forged, public_key=right)
        assert "another key than the one you gave" in found.sentences[0]
        assert not found.ok
        alone = audit_export.check(content, forged)
        assert not alone.ok
        assert "was changed in the site after it was written" in alone.sentences[-1]
        assert stranger.public.fingerprint in "\n".join(alone.sentences)

    def test_its_words_cannot_hide_whose_key_it_is(self, files):
        stranger = SigningKey(signatures.new_private_key())
        stated = json.loads(signature_of(files))["statement"] | {
            "reason": "x\x1b[2A\rKey: the site's own\nIt is the key that you gave.\u202e"
        }
        found = audit_export.check(files["audit.csv"], audit_export.sign(files["audit.csv"], stated, stranger))
        assert "Key: the site's own" in found.sentences[2]
        assert all(sentence.isprintable() for sentence in found.sentences)

    @pytest.mark.parametrize("kind", ["csv", "jsonl"])
    def test_an_event_that_was_changed_in_the_site(self, export, app, as_, kind):
        as_("msix_primary").get("/", expect=200)
        with app.config["SESSIONS"]() as db, db.begin():
            drop_triggers(db)
            db.execute(update(AuditEvent).where(AuditEvent.id == 1).values(outcome="ok?"))
        files = export(format=kind)[0]
        found = audit_export.check(files[f"audit.{kind}"], signature_of(files, kind))
        assert not found.ok
        assert "event 1 was changed in the site" in found.sentences[-1]
        assert found.sentences[-1].startswith("Line ")

    @pytest.mark.parametrize("broken", [b"", b"{}", b"[]", b'{"statement": {}, "public_key": "x", "signature": ""}'])
    def test_what_is_no_signature_is_said(self, files, broken):
        with pytest.raises(RuleBroken):
            audit_export.check(files["audit.csv"], broken)


class TestKey:
    def test_is_made_once_and_its_owners_alone(self, settings):
        first = settings.audit_key.public
        assert settings.audit_key.public.fingerprint == first.fingerprint
        path = settings.instance / "audit_key.pem"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "PRIVATE" not in first.pem
        assert [one.name for one in settings.instance.iterdir() if one.name.startswith("audit_key")] == [path.name]

    def test_its_public_half_is_shown_and_saved_by_those_who_export(self, as_, settings):
        client = as_("state_user_administrator")
        assert settings.audit_key.public.fingerprint in client.get("/audit/export", expect=200).text
        saved = client.get("/audit/public-key.pem", expect=200)
        assert PublicKey(saved.data).fingerprint == settings.audit_key.public.fingerprint
        assert "attachment" in saved.headers["Content-Disposition"]
        as_("msix_primary").get("/audit/public-key.pem", expect=403)


class TestReason:
    def test_is_asked_kept_and_audited(self, export, db, as_):
        export()
        event = db.scalars(select(AuditEvent).where(AuditEvent.action == "audit.export").order_by(AuditEvent.id)).all()
        assert event[-1].detail["note"] == f"csv: {REASON}"
        assert db.scalar(select(Export.note)) == f"csv: {REASON}"
        as_("privacy_act_administrator").send("/audit/export", {"format": "csv", "reason": "   "}, expect=422)


class TestCommand:
    """`verify-audit --file` on a machine that has no site."""

    @pytest.fixture
    def away(self, tmp_path, monkeypatch):
        folder = tmp_path / "received"
        folder.mkdir()
        monkeypatch.setenv("MSIXLITE_INSTANCE", str(tmp_path / "no site"))
        yield folder
        assert not (tmp_path / "no site").exists()

    def test_the_zip_as_it_was_saved(self, export, away, monkeypatch, settings, capsys):
        _, answer, passphrase = export()
        (away / "a.zip").write_bytes(answer.data)
        (away / "key.pem").write_text(settings.audit_key.public.pem)
        monkeypatch.setenv("MSIXLITE_PASSPHRASE", passphrase)
        command = ["verify-audit", "--file", str(away / "a.zip"), "--public-key", str(away / "key.pem")]
        assert cli.main(command) == 0
        assert "Signature good" in capsys.readouterr().out
        monkeypatch.setenv("MSIXLITE_PASSPHRASE", "not this one at all")
        assert cli.main(command) == 1
        assert "wrong passphrase" in capsys.readouterr().err

    def test_two_files_side_by_side(self, files, away, capsys):
        path = away / "audit.csv"
        path.write_bytes(files["audit.csv"])
        assert cli.main(["verify-audit", "--file", str(path)]) == 1
        assert "signature is missing" in capsys.readouterr().err
        (away / "audit.csv.signature.json").write_bytes(signature_of(files))
        assert cli.main(["verify-audit", "--file", str(path)]) == 0
        path.write_bytes(files["audit.csv"].replace(b"home.index", b"help.index", 1))
        assert cli.main(["verify-audit", "--file", str(path)]) == 1
        assert "is the first that is not as it was signed" in capsys.readouterr().out

    def test_a_file_that_is_not_there(self, away, capsys):
        assert cli.main(["verify-audit", "--file", str(away / "none.csv")]) == 1
        assert cli.main(["verify-audit", "--file", str(away / "none.zip")]) == 1
        assert "cannot be" in capsys.readouterr().err
