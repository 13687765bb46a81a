"""A list as one parameter of a statement that is built once: SQLAlchemy's own IN writes a new text each time.

`select(table.c.id).where(among(table.c.key, "keys"))`, executed with `{"keys": [...]}`.
"""

import json
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator, TypeEngine


def among(column: ColumnElement[Any], parameter: str) -> ColumnElement[bool]:
    """Whether a column is one of a parameter's values."""
    return _Among(column, bindparam(parameter, type_=_Many(column.type)))


class _Many(TypeDecorator[Any]):
    """A list: JSON on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def __init__(self, kind: TypeEngine[Any]) -> None:
        super().__init__()
        self.kind = kind

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.kind) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value), default=str)


class _Among(ColumnElement[bool]):
    inherit_cache = True
    _is_implicitly_boolean = True
    _traverse_internals = [  # noqa: RUF012 - the name and shape are SQLAlchemy's
        ("column", InternalTraversal.dp_clauseelement),
        ("many", InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: ColumnElement[Any], many: ColumnElement[Any]) -> None:
        self.column, self.many, self.type = column, many, Boolean()


@compiles(_Among)
def _in_json(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, many = compiler.process(element.column, **how), compiler.process(element.many, **how)
    return f"{column} IN (SELECT value FROM json_each({many}))"  # noqa: S608 - a bound parameter's place


@compiles(_Among, "postgresql")
def _in_array(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    return f"{compiler.process(element.column, **how)} = ANY({compiler.process(element.many, **how)})"
