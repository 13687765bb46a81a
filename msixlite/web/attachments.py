"""Evidence in forms and out of them: read from the browser, kept, and saved by it; never shown inside the site."""

import io

from flask import current_app, g, send_file
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import FieldList, Form, FormField, SelectChoice, SelectField, StringField, SubmitField

from msixlite.domain import attachments, correction_elements
from msixlite.domain.attachments import Sent
from msixlite.models.words import _l
from msixlite.web.files import scan

SLOTS = 3
"""Elements that a form offers at first; a button offers another."""


def _settings():
    return current_app.config["SETTINGS"]


def read(field, *, already=0):
    """The files of a field, checked. Raises RuleBroken."""
    limit = _settings().attachment_megabytes * 1024 * 1024
    sent = [Sent(one.filename, one.stream.read(limit + 1)) for one in field.data or () if one and one.filename]
    attachments.check(sent, limit=limit, already=already)
    for one in sent:
        scan(io.BytesIO(one.content))
    return sent


def keep(sent):
    """Write checked files into the site's folder."""
    return attachments.keep(sent, folder=_settings().attachments, now=g.now, by=g.user)


def forget(kept):
    """Remove files whose deed was refused."""
    for one in kept:
        (_settings().attachments / one.token).unlink(missing_ok=True)


def save(attachment, *, name):
    """The file, to be saved under a name that tells nothing of the child."""
    ending = attachments.ENDINGS[attachment.media_type]
    return send_file(
        _settings().attachments / attachment.token,
        mimetype=attachment.media_type,
        as_attachment=True,
        download_name=f"{name}.{ending}",
    )


class EvidenceForm(FlaskForm):
    """What every form with evidence has."""

    files = MultipleFileField(_l("Evidence (PDF, PNG or JPEG)"))


class SlotForm(Form):
    element = SelectField(_l("Element"), validate_choice=False)
    should = StringField(_l("As it should be"))


class MeantForm(EvidenceForm):
    """A form that names elements of a child: some slots, and a button for another."""

    slots = FieldList(FormField(SlotForm), min_entries=SLOTS, max_entries=correction_elements.MOST)
    more = SubmitField(_l("Another element"))

    def offer(self, offered, label):
        """The elements to choose from, and one more slot where the button was pressed."""
        if self.more.data and len(self.slots) < correction_elements.MOST:
            self.slots.append_entry()
        found = [SelectChoice(one.token, label(one), optgroup=one.group) for one in offered]
        for slot in self.slots:
            slot.element.choices = [SelectChoice("", _l("– choose –")), *found]

    def meant(self, offered):
        """The elements chosen, each with what it should be. Raises RuleBroken."""
        should = {slot.element.data: slot.should.data or "" for slot in self.slots if slot.element.data}
        return [(one, should[one.token]) for one in correction_elements.picked(offered, should)]
