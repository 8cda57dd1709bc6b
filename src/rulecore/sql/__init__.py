"""One portable SQL text for every SQL engine, built as a tree.

Only comparison, IN, AND/OR/NOT, IS NULL, CASE, `&`, `|`, `+` and literals occur: with these, engines agree.
"""

from rulecore.sql.assembly import assembly_sql, register_of
from rulecore.sql.results import results_sql
from rulecore.sql.scenarios import groups_sql, movers_sql
from rulecore.sql.words import PORTABLE, text_of

__all__ = ["PORTABLE", "assembly_sql", "groups_sql", "movers_sql", "register_of", "results_sql", "text_of"]
