"""Arithmetic over moments in queries, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from sqlalchemy import Date, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class seconds_between(FunctionElement):
    """Seconds from the first moment to the second; NULL when either is missing."""

    type = Float()
    inherit_cache = True


class seoul_day(FunctionElement):
    """The day of a moment in Seoul. Korea keeps UTC+9 the year round (since 1988)."""

    type = Date()
    inherit_cache = True


@compiles(seconds_between)
def _postgresql_seconds(element, compiler, **kw):
    first, second = (compiler.process(c, **kw) for c in element.clauses)
    return f"EXTRACT(EPOCH FROM ({second} - {first}))::float"


@compiles(seconds_between, "sqlite")
def _sqlite_seconds(element, compiler, **kw):
    first, second = (compiler.process(c, **kw) for c in element.clauses)
    return f"(julianday({second}) - julianday({first})) * 86400.0"


@compiles(seoul_day)
def _postgresql_day(element, compiler, **kw):
    return f"(({compiler.process(element.clauses, **kw)}) AT TIME ZONE 'Asia/Seoul')::date"


@compiles(seoul_day, "sqlite")
def _sqlite_day(element, compiler, **kw):
    return f"date({compiler.process(element.clauses, **kw)}, '+9 hours')"
