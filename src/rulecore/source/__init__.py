"""Reads a rulebook's files into the model, keeping file and line of everything for error messages."""

from rulecore.source.facts import contract, facts_as_parquet, source_schema
from rulecore.source.folder import lineage
from rulecore.source.quality import strangers
from rulecore.source.rulebook import load_rulebook
from rulecore.source.yamlfile import YamlFile, read_yaml

__all__ = [
    "YamlFile",
    "contract",
    "facts_as_parquet",
    "lineage",
    "load_rulebook",
    "read_yaml",
    "source_schema",
    "strangers",
]
