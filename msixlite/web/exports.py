"""What leaves the site: prints and files under a serial, one's own list of them, and the fax cover sheet."""

from flask import Response, current_app, g

from msixlite import pdf as pdf_renderer
from msixlite.domain import exports
from msixlite.web.rendering import page, us_moment


def print_out(template, *, kind, file_name, back, subject="", note="", **values):
    """A template as PDF under a new serial, which is registered once it is drawn. Without a PDF, a page says why."""
    serial = exports.new_serial()
    html, _ = page(template, serial=serial, printed_at=us_moment(g.now), printed_by=g.user.full_name, **values)
    g.db.rollback()  # a reader's snapshot must not stay open while the page is drawn
    try:
        drawn = current_app.extensions["pdf_pool"].render(html)
    except pdf_renderer.PdfUnavailable as fault:
        return page("students/pdf_unavailable.html", back=back, why=str(fault), status=503)
    g.db.writing()
    exports.register(g.db, serial=serial, kind=kind, subject=subject, note=note, now=g.now, by=g.user)
    g.detail = {"serial": serial}
    disposition = f'inline; filename="{file_name}"'
    return Response(drawn, mimetype="application/pdf", headers={"Content-Disposition": disposition})
