"""Why a business got its result: clause by clause, in Chinese, with thresholds and who supplies what is missing."""

from rulecore.explain.explanation import Explanation, FactLine, Finding, Step, explain

__all__ = ["Explanation", "FactLine", "Finding", "Step", "explain"]
