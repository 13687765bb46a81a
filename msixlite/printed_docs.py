"""The policy tables as Markdown: printed into docs/ by `python3 app.py docs`, compared by a test."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from msixlite.domain import clocks, corrections, mde, moves, requests, worklist
from msixlite.domain.permissions import GRANTS


def write(folder: Path) -> list[Path]:
    """Print every table into the folder; returns the files."""
    pages = {
        "permissions.md": permissions(),
        "clocks.md": deadlines(),
        "data-dictionary.md": elements(),
        "worklist.md": transitions(),
        "move-notices.md": move_steps(),
        "data-request-steps.md": request_steps(),
        "correction-steps.md": correction_steps(),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in pages]


def permissions() -> str:
    rows = (
        (role.label, permission.value, reach.value)
        for role, rights in GRANTS.items()
        for permission, reach in rights.items()
    )
    return _page(
        "Who may do what, and where",
        "Printed from `msixlite/domain/permissions.py`. A right that is not in the table does not exist. "
        "An account with several role assignments has the rights of one of them at a time (`docs/security.md`).",
        ("Role", "May", "Reach"),
        rows,
    )


def deadlines() -> str:
    return _page(
        "What is due when",
        "Printed from `msixlite/domain/clocks.py`.",
        ("Clock", "Runs for", "Source"),
        ((clock.name, clock.length, clock.source) for clock in clocks.DEADLINES),
    )


def transitions() -> str:
    return _page(
        "What may follow what on the worklist",
        "Printed from `TRANSITIONS` in `msixlite/domain/worklist.py`. What is not in the table cannot happen. "
        "The status names are those of the database.",
        ("Event", "Kinds", "From", "To", "By"),
        (
            (
                row.event.value,
                "all kinds" if row.kinds == worklist.ALL else ", ".join(kind.label.lower() for kind in row.kinds),
                ", ".join(status.value for status in row.before),
                row.after.value,
                row.who.value,
            )
            for row in worklist.TRANSITIONS
        ),
    )


def move_steps() -> str:
    return _page(
        "What may follow what on a move notice",
        "Printed from `TRANSITIONS` in `msixlite/domain/moves.py`. A step that is not in the table does not exist.",
        ("From", "To", "By"),
        ((step.start.value, step.end.value, step.side.value) for step in moves.TRANSITIONS),
    )


def request_steps() -> str:
    return _page(
        "What may follow what on a data request",
        "Printed from `TRANSITIONS` in `msixlite/domain/requests.py`. A step that is not in the table does not exist.",
        ("From", "To", "By"),
        ((step.start.value, step.end.value, step.side.value) for step in requests.TRANSITIONS),
    )


def correction_steps() -> str:
    return _page(
        "What may follow what on a correction request",
        "Printed from `TRANSITIONS` in `msixlite/domain/corrections.py`. A step not in the table does not exist.",
        ("From", "To", "By those who may"),
        ((step.start.value, step.end.value, step.right.value) for step in corrections.TRANSITIONS),
    )


def elements() -> str:
    rows = (
        (
            str(element.number),
            element.name,
            ", ".join(element.sections) or "–",
            element.type or "–",
            str(element.length or "–"),
            "; ".join(f"{code} {label}" for code, label in element.codes.items()) or "–",
            element.required_when or "–",
            f"{element.since}{f', until {element.retired}' if element.retired else ''}",
            element.certainty,
        )
        for element in mde.ELEMENTS
    )
    return _page(
        "Minimum Data Elements",
        "Printed from `msixlite/domain/mde.csv`. Certainty says how surely number and name are known; what is "
        "unknown is not stored.",
        ("Number", "Name", "Section", "Type", "Length", "Codes", "Required", "Since", "Certainty"),
        rows,
    )


def _page(title: str, intro: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"# {title}", "", intro, "", _row(heads), _row(["---"] * len(heads)), *map(_row, rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
