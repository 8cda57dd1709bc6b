"""What must hold of every business is proved here by an SMT solver; slow to import, so nobody does at the top."""

from rulecore.check.proof.claims import CLAIMS, Proof, Refutation, prove
from rulecore.check.proof.difference import Witness, witnesses
from rulecore.check.proof.encoding import Encoding
from rulecore.check.proof.equivalence import same_results, same_rows
from rulecore.check.proof.search import Example, UndecidedError

__all__ = [
    "CLAIMS",
    "Encoding",
    "Example",
    "Proof",
    "Refutation",
    "UndecidedError",
    "Witness",
    "prove",
    "same_results",
    "same_rows",
    "witnesses",
]
