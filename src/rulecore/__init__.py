"""A rulebook is data; rulecore reads it, checks it, runs it over a population and explains every result."""

__version__ = "0.1.0"
