"""Upload a State's submission and see what became of it. Reading it is the work of a small pool."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import Blueprint, Flask, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from msixlite.domain import mde, upload_mend, upload_schedule, uploads
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.base import random_token
from msixlite.models.words import _l, _ln
from msixlite.web.access import requires
from msixlite.web.files import scan
from msixlite.web.language import flash
from msixlite.web.middleware import after_commit, refuse
from msixlite.web.rendering import page

bp = Blueprint("uploads", __name__, url_prefix="/uploads")
MOST_TYPED = 1_000
"""Letters of a value typed anew."""


def init_app(app: Flask) -> None:
    """One worker: submissions are applied one after the other. What a stop interrupted is taken up again."""
    app.extensions["upload_pool"] = ThreadPoolExecutor(max_workers=1, thread_name_prefix="uploads")
    _remove_torn(app)
    with app.config["SESSIONS"]().reading() as db:
        for submission in uploads.interrupted(db):
            _begin(app, submission.id)


def _remove_torn(app: Flask) -> None:
    """Files that were still arriving when a server ended, a day ago or more; their senders saw no answer."""
    for torn in _folder(app).glob("arriving-*"):
        if app.config["CLOCK"]().timestamp() - torn.stat().st_mtime > 86_400:
            torn.unlink(missing_ok=True)


def _begin(app: Flask, submission_id: int) -> None:
    app.extensions["upload_pool"].submit(_process, app, submission_id)


def _process(app: Flask, submission_id: int) -> None:
    path = _folder(app) / str(submission_id)
    uploads.process(app.config["SESSIONS"], submission_id, path, now=app.config["CLOCK"]())


def _folder(app: Flask):
    folder = app.config["SETTINGS"].instance / "submissions"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class UploadForm(FlaskForm):
    file = FileField(_l("File"), [FileRequired(_l("Choose a file first."))])


@bp.route("/", methods=["GET", "POST"])
@requires(Permission.UPLOAD_SUBMISSIONS)
def index():
    """Choose a file; below, what was sent before."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            submission = _receive(form.file.data)
        except RuleBroken as rule:
            form.file.errors = [refuse(rule)]
        else:
            return redirect(url_for(".submission", submission_id=submission.id), 303)
    earlier = uploads.submissions(g.db, by=g.user)
    return page(
        "uploads/index.html",
        form=form,
        submissions=earlier,
        schedule=upload_schedule.look(g.db, now=g.now, by=g.user),
        sections=[(section.title, mde.of_section(section.key).values()) for section in mde.SECTIONS.values()],
        status=422 if form.errors else 200,
    )


def _receive(file):
    app = current_app._get_current_object()
    arrived = _folder(app) / f"arriving-{random_token()}"
    file.save(arrived)
    arrived.chmod(0o600)
    try:
        with arrived.open("rb") as content:
            scan(content)
        submission = uploads.receive(
            g.db, state=g.user.state_code, file_name=file.filename or "", path=arrived, now=g.now, by=g.user
        )
        arrived.rename(_folder(app) / str(submission.id))
    finally:
        arrived.unlink(missing_ok=True)
    g.about = {"submission_id": submission.id}
    after_commit(partial(_begin, app, submission.id))
    return submission


@bp.get("/<row_id:submission_id>")
@requires(Permission.UPLOAD_SUBMISSIONS)
def submission(submission_id):
    """What became of a submission: counts, warnings, the rows in quarantine."""
    return _result(uploads.get(g.db, submission_id, by=g.user))


def _result(found):
    rows = [(row, upload_mend.to_mend(row), upload_mend.faults(row)) for row in uploads.quarantined(g.db, found)]
    return page(
        "uploads/submission.html",
        fragment="result",
        submission=found,
        warnings=uploads.warnings_of(found),
        quarantined=rows,
        form=FlaskForm(),
    )


@bp.post("/<row_id:submission_id>/mend")
@requires(Permission.UPLOAD_SUBMISSIONS)
def mend(submission_id):
    """Values typed anew for rows in quarantine: what is right is taken, what is not says why."""
    found = uploads.get(g.db, submission_id, by=g.user)
    try:
        done = upload_mend.mend(g.db, found, _typed(), now=g.now, by=g.user)
    except RuleBroken as rule:
        flash(refuse(rule), "error")
    else:
        taken = _ln("%(num)s row taken.", "%(num)s rows taken.", done.taken)
        waiting = _ln("%(num)s row still to mend.", "%(num)s rows still to mend.", done.waiting)
        flash(_l("%(taken)s %(waiting)s", taken=taken, waiting=waiting) if done.waiting else taken)
    return redirect(url_for(".submission", submission_id=submission_id), 303)


def _typed() -> dict[int, dict[str, str]]:
    """Fields named row-17-birth_date, as {17: {"birth_date": value}}."""
    typed: dict[int, dict[str, str]] = {}
    for name, value in request.form.items():
        match name.split("-"):
            case ["row", number, key] if number.isdecimal():
                typed.setdefault(int(number), {})[key] = value[:MOST_TYPED]
    return typed


@bp.get("/<row_id:submission_id>/progress")
@requires(Permission.UPLOAD_SUBMISSIONS, background=True)
def progress(submission_id):
    """The result again, asked by the page itself until it is there."""
    return _result(uploads.get(g.db, submission_id, by=g.user))
