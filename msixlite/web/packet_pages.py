"""What the template of the packet is told: the children, their credits, and the State's own words."""

from flask import g

from msixlite.domain import credit_plan, days, export_files, family_page, packet

TEMPLATE = "packet/packet.html"


def document(children, kinds, *, form=None, plan_id=""):
    """The values of the template. Nothing in them says who prints, unless a letter or fax cover is among the pages."""
    built = packet.build(g.db, children, today=days.today_of(g.user, g.now))
    plans = credit_plan.for_child(g.db, [state for one in built for state in one.record.states], by=g.user)
    plan = next((one for one in plans if str(one.id) == plan_id), plans[0] if plans else None)
    return {
        "children": built,
        "progress": {one.record.msix_id: credit_plan.progress(one.record, plan) for one in built},
        "pages": [kind.value for kind in kinds],
        "form": form,
        "handling": export_files.HANDLING,
        "own_text": family_page.wording(g.db, g.user.state_code),
        "blocks": family_page.blocks,
        "today": days.today_of(g.user, g.now),
    }
