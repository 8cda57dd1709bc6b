"""Is the standard of tiers of a rulebook proved? Asked once for each content of a rulebook, and kept."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.rulebooks.catalogue import rulebook_of
from jieti.rulebooks.models import RulebookVersion
from rulecore.errors import NormsError, RulebookError
from rulecore.model import TIERS, Rulebook


def prove_rulebook(version: RulebookVersion) -> RulebookVersion:
    """The version with what the prover found; the prover is asked only the first time."""
    if version.proved_at is not None:
        return version
    found = dict(_proof(version.sha256, rulebook_of(version)))
    proved = RulebookVersion.objects.filter(pk=version.pk, proved_at=None).update(proof=found, proved_at=clock.now())
    version.refresh_from_db()
    if proved:
        detail = {"sha256": version.sha256, "holds": version.is_proved}
        record(by=None, verb="determinations.prove_rulebook", subject=f"rulebook:{version.key}", detail=detail)
    return version


def demand_proof(version: RulebookVersion) -> None:
    """Raises Refusal when the rulebook breaks what every rulebook promises."""
    if not prove_rulebook(version).is_proved:
        raise Refusal(
            f"规则没有通过证明：{'；'.join(version.proof['refuted'])}。", what_to_do="请改正规则后重新发起判定。"
        )


class _ByContent:
    """A rulebook that equals any other of the same content, so that its proof is found again."""

    def __init__(self, sha256: str, rulebook: Rulebook) -> None:
        self.sha256 = sha256
        self.rulebook = rulebook

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByContent) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)


def _proof(sha256: str, rulebook: Rulebook) -> Mapping[str, Any]:
    return _proved(_ByContent(sha256, rulebook))


@lru_cache(maxsize=8)
def _proved(item: _ByContent) -> Mapping[str, Any]:
    # The prover is slow to load, and only whoever proves needs it.
    from rulecore.check.proof import UndecidedError
    from rulecore.plan.proving import proof_day, proved

    day = proof_day(item.rulebook)
    try:
        proof = proved(item.rulebook, TIERS, day)
    except (UndecidedError, RulebookError, NormsError) as error:
        return {"holds": False, "asked": {}, "refuted": [str(error)], "as_of": day.isoformat()}
    refuted = [str(item.problem) for item in proof.refuted if not item.warning]
    return {"holds": proof.holds, "asked": dict(proof.asked), "refuted": refuted, "as_of": day.isoformat()}
