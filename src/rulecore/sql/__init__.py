"""One portable SQL text for every SQL engine, built as a tree.

Only comparison, IN, AND/OR/NOT, IS NULL, CASE, `&`, `|`, `+` and literals occur: with these, engines agree.
"""

from rulecore.sql.assembly import assembly_sql
from rulecore.sql.results import results_sql
from rulecore.sql.scenarios import groups_sql, movers_sql

__all__ = ["assembly_sql", "groups_sql", "movers_sql", "results_sql"]
