"""Letters of correction requests on Letter paper, the blank intake form, and the State's own wording."""

from flask import Blueprint, Response, current_app, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import StringField, SubmitField, TextAreaField

from msixlite import pdf as pdf_renderer
from msixlite.domain import correction_letters, corrections, days
from msixlite.domain.correction_wordings import Wording
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.corrections import Language
from msixlite.models.exports import ExportKind
from msixlite.models.words import _l, _lp
from msixlite.web.access import requires
from msixlite.web.exports import print_out
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page, paper

bp = Blueprint("correction_letters", __name__, url_prefix="/corrections")


@bp.get("/<row_id:correction_id>/letters/<letter>.pdf")
@requires(Permission.TAKE_IN_CORRECTIONS)
def letter(correction_id, letter):
    """A letter to the family, in its language or in another one."""
    found = corrections.get(g.db, correction_id, by=g.user)
    kind = correction_letters.kind_of(letter)
    asked = request.args.get("language", "")
    language = correction_letters.language_of(asked) if asked else found.language
    written = correction_letters.write(g.db, found, kind, language=language, now=g.now)
    return print_out(
        "correction_letters/letter_pdf.html",
        kind=ExportKind.CORRECTION_LETTER,
        file_name=f"{found.reference}-{kind.key}.pdf",
        back=url_for("corrections.correction", correction_id=correction_id),
        subject=f"msix {found.student.msix_id}",
        note=f"{found.reference}: {kind.title}, {language.value}",
        letter=written,
        state=found.state,
    )


@bp.get("/form.pdf")
@requires(Permission.TAKE_IN_CORRECTIONS)
def blank_form():
    """The intake form on paper, with nothing in it: in English or Spanish."""
    language = correction_letters.language_of(request.args.get("language", Language.ENGLISH.value))
    html = paper("correction_letters/form_pdf.html", language=language.value, state=g.user.state)
    g.db.rollback()  # a reader's snapshot must not stay open while the page is drawn
    try:
        drawn = current_app.extensions["pdf_pool"].render(html)
    except pdf_renderer.PdfUnavailable as fault:
        back = url_for("corrections.index")
        return page("students/pdf_unavailable.html", back=back, why=str(fault), status=503)
    disposition = f'inline; filename="correction-form-{language.value}.pdf"'
    return Response(drawn, mimetype="application/pdf", headers={"Content-Disposition": disposition})


@bp.get("/letters")
@requires(Permission.WORD_OUTGOING_MAIL)
def index():
    """Each letter in each language, and whether the State words it itself."""
    changed = correction_letters.changed(g.db, state=g.user.state_code)
    return page(
        "correction_letters/index.html",
        kinds=correction_letters.KINDS.values(),
        spoken=Language,
        changed={(key, language.value) for key, language in changed},
    )


class WordingForm(FlaskForm):
    subject = StringField(_lp("letter", "Subject"))
    text = TextAreaField(_l("Text"))
    preview = SubmitField(_l("Preview"))
    keep = SubmitField(_l("Keep this wording"))

    def wording(self) -> Wording:
        return Wording(self.subject.data or "", (self.text.data or "").replace("\r\n", "\n"))


@bp.route("/letters/<letter>/<language>", methods=["GET", "POST"])
@requires(Permission.WORD_OUTGOING_MAIL)
def wording(letter, language):
    """Change the State's wording of a letter, with a preview."""
    kind, spoken = correction_letters.kind_of(letter), correction_letters.language_of(language)
    present = correction_letters.wording(g.db, letter, spoken, state=g.user.state_code)
    form = WordingForm(subject=present.subject, text=present.body)
    shown = correction_letters.preview(present, spoken, today=days.today_of(g.user, g.now))
    if form.validate_on_submit():
        try:
            shown = correction_letters.preview(form.wording(), spoken, today=days.today_of(g.user, g.now))
            if form.keep.data:
                correction_letters.change(g.db, kind, spoken, form.wording(), now=g.now, by=g.user)
                flash(_l("The wording of “%(title)s” is kept.", title=kind.title))
                return redirect(url_for(".wording", letter=letter, language=language), 303)
        except RuleBroken as rule:
            form.text.errors = [refuse(rule)]
    return page(
        "correction_letters/wording.html",
        kind=kind,
        language=language,
        form=form,
        preview=shown,
        fields=correction_letters.EXAMPLE,
        own=(letter, spoken) in correction_letters.changed(g.db, state=g.user.state_code),
        status=422 if form.errors else 200,
    )


@bp.post("/letters/<letter>/<language>/reset")
@requires(Permission.WORD_OUTGOING_MAIL)
def reset(letter, language):
    """Back to the default wording."""
    kind, spoken = correction_letters.kind_of(letter), correction_letters.language_of(language)
    correction_letters.reset(g.db, kind, spoken, by=g.user)
    flash(_l("“%(title)s” has its default wording again.", title=kind.title))
    return redirect(url_for(".wording", letter=letter, language=language), 303)
