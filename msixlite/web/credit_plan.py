"""The credit helper of a child, and the graduation plans that a State enters for it."""

from flask import Blueprint, g, redirect, request, url_for
from flask_wtf import FlaskForm
from wtforms import DecimalField, FieldList, Form, FormField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, Optional

from msixlite.domain import consolidated_record, credit_plan, days, students
from msixlite.domain.credit_plan import Wanted
from msixlite.domain.errors import RuleBroken
from msixlite.domain.permissions import Permission
from msixlite.models.words import _l
from msixlite.web.access import requires
from msixlite.web.language import flash
from msixlite.web.middleware import refuse
from msixlite.web.rendering import page

bp = Blueprint("credit_plan", __name__)
EMPTY_LINES = 4


@bp.get("/students/<msix_id:msix_id>/credits")
@requires(Permission.DISPLAY_STUDENT_RECORD)
def credits(msix_id):
    """What the child has earned toward a plan, and what its open courses may be worth: an estimate."""
    student = students.get(g.db, msix_id, by=g.user)
    record = consolidated_record.build(g.db, student, today=days.today_of(g.user, g.now))
    plans = credit_plan.for_child(g.db, record.states, by=g.user)
    wanted = request.args.get("plan", "")
    plan = next((one for one in plans if str(one.id) == wanted), plans[0] if plans else None)
    return page(
        "credit_plan/credits.html",
        record=record,
        plans=plans,
        progress=credit_plan.progress(record, plan),
        formula=credit_plan.FORMULA,
        estimate=credit_plan.ESTIMATE,
    )


class SubjectForm(Form):
    subject = StringField(_l("Subject"), [Length(max=60)])
    other_names = StringField(_l("Counts here too"), [Length(max=200)])
    credits = DecimalField(_l("Credits required"), [Optional()])
    course_credits = DecimalField(_l("Credits of a whole course"), [Optional()])
    course_hours = IntegerField(_l("Normal hours of a whole course"), [Optional()])


class PlanForm(FlaskForm):
    name = StringField(_l("Name"), [InputRequired(_l("Give the plan a name.")), Length(max=80)])
    first_year = StringField(
        _l("For children who begin grade 9 in"), [InputRequired(_l("Type the school year as 2026-2027."))]
    )
    subjects = FieldList(FormField(SubjectForm), min_entries=EMPTY_LINES, max_entries=credit_plan.MOST_SUBJECTS)

    def wanted(self) -> list[Wanted]:
        """The lines that say something. Raises RuleBroken where one lacks its credits."""
        lines = [entry.form for entry in self.subjects if any(field.data for field in entry.form)]
        if bare := next((line for line in lines if line.credits.data is None), None):
            raise RuleBroken(_l("Say how many credits “%(data)s” wants.", data=bare.subject.data))
        return [
            Wanted(
                subject=line.subject.data or "",
                other_names=line.other_names.data or "",
                credits=line.credits.data,
                course_credits=1 if line.course_credits.data is None else line.course_credits.data,
                course_hours=line.course_hours.data,
            )
            for line in lines
        ]


@bp.get("/settings/plans/")
@requires(Permission.SET_STATE_POLICY)
def plans():
    """The State's graduation plans."""
    return page("credit_plan/plans.html", plans=credit_plan.own(g.db, by=g.user))


@bp.route("/settings/plans/new", methods=["GET", "POST"])
@requires(Permission.SET_STATE_POLICY)
def new():
    """Enter a plan."""
    return _edit(None)


@bp.route("/settings/plans/<row_id:plan_id>", methods=["GET", "POST"])
@requires(Permission.SET_STATE_POLICY)
def plan(plan_id):
    """Change a plan of the own State."""
    return _edit(credit_plan.get(g.db, plan_id, by=g.user))


def _edit(plan):
    form = PlanForm(obj=plan)
    if not form.is_submitted():
        _append_empty_lines(form)
    if form.validate_on_submit():
        try:
            kept = credit_plan.keep(
                g.db,
                plan,
                name=form.name.data,
                first_year=form.first_year.data.strip(),
                subjects=form.wanted(),
                now=g.now,
                by=g.user,
            )
        except RuleBroken as rule:
            form.name.errors = [refuse(rule)]
        else:
            flash(_l("The plan “%(kept)s” is kept.", kept=kept.name))
            return redirect(url_for(".plan", plan_id=kept.id), 303)
    return page(
        "credit_plan/plan.html", form=form, plan_id=plan.id if plan else None, status=422 if form.errors else 200
    )


def _append_empty_lines(form: PlanForm) -> None:
    room = min(len(form.subjects) + EMPTY_LINES, credit_plan.MOST_SUBJECTS)
    while len(form.subjects) < room:
        form.subjects.append_entry()


@bp.post("/settings/plans/<row_id:plan_id>/remove")
@requires(Permission.SET_STATE_POLICY)
def remove(plan_id):
    """Take a plan away."""
    credit_plan.remove(g.db, credit_plan.get(g.db, plan_id, by=g.user))
    flash(_l("The plan is removed. No record changed."))
    return redirect(url_for(".plans"), 303)
