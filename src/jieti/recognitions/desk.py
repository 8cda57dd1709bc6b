"""Where recognition cases are handled: who may take which step, by the rulebook's procedure."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from jieti.accounts.models import Jurisdiction
from jieti.accounts.perms import (
    may_accept_applications,
    may_check_recognitions,
    may_decide_recognitions,
    may_nominate_for,
    may_review_applications,
    may_visit_applicants,
)
from jieti.audit.actions import record
from jieti.domain.workflows.extension import EXTENSION
from jieti.domain.workflows.nomination import NOMINATION
from jieti.domain.workflows.recognition import RECOGNITION
from jieti.domain.workflows.revocation import REVOCATION, WITHDRAWAL
from jieti.domain.workflows.table import Workflow, parts_of
from jieti.kit.advance import Desk
from jieti.recognitions.ending_guards import ENDING_GUARDS, EXTENSION_GUARDS
from jieti.recognitions.intake_guards import INTAKE_GUARDS, NOMINATION_GUARDS
from jieti.recognitions.interests import has_tie
from jieti.recognitions.models import (
    Application,
    ApplicationStep,
    Ending,
    EndingStep,
    Extension,
    ExtensionStep,
    Nomination,
    NominationStep,
)
from jieti.recognitions.selection_guards import SELECTION_GUARDS
from jieti.registry.mandates import acts_for, is_proprietor
from jieti.rulebooks.catalogue import procedure_of

Handled = Application | Nomination | Extension | Ending


def home_of(case: Handled) -> Jurisdiction:
    """The jurisdiction whose case it is."""
    if isinstance(case, Application | Nomination):
        return case.campaign.jurisdiction
    return case.recognition.jurisdiction


def course_of(application: Application) -> Workflow:
    """The table of recognition as the rulebook switches it for the application's path."""
    return RECOGNITION.switched(parts_of(procedure_of(home_of(application)), path=application.path))


def _impartial(asked: Callable[..., bool]) -> Callable[[AbstractBaseUser, Application], bool]:
    """Whoever has a tie to the application takes no step in it (回避)."""
    return lambda user, case: asked(user, home_of(case)) and not has_tie(user, case)


def _in_home(asked: Callable[..., bool]) -> Callable[[AbstractBaseUser, Any], bool]:
    return lambda user, case: asked(user, home_of(case))


def _nominated_by(user: AbstractBaseUser, case: Extension) -> bool:
    nomination = case.recognition.application.nomination
    return nomination is not None and may_nominate_for(user, nomination.nominator)


APPLICATIONS: Desk[Application] = Desk(
    model=Application,
    steps=ApplicationStep,
    workflow=course_of,
    procedure=lambda case: procedure_of(home_of(case)),
    may={
        "proprietor": lambda user, case: acts_for(user, case.business),
        "nominator": lambda user, case: (
            case.nomination is not None and may_nominate_for(user, case.nomination.nominator)
        ),
        "acceptor": _impartial(may_accept_applications),
        "reviewer": _impartial(may_review_applications),
        "visitor": _impartial(may_visit_applicants),
        "decider": _impartial(may_decide_recognitions),
        "city_officer": _impartial(may_check_recognitions),
        "city_decider": _impartial(may_check_recognitions),
    },
    record=record,
    guards={**INTAKE_GUARDS, **SELECTION_GUARDS},
    audited=frozenset({"path", "preferred_category", "decided_category"}),
)

NOMINATIONS: Desk[Nomination] = Desk(
    model=Nomination,
    steps=NominationStep,
    workflow=lambda _: NOMINATION,
    procedure=lambda case: procedure_of(home_of(case)),
    may={
        "nominator": lambda user, case: may_nominate_for(user, case.nominator),
        "nominator_decider": lambda user, case: may_nominate_for(user, case.nominator),
        "proprietor": lambda user, case: is_proprietor(user, case.business),
    },
    record=record,
    guards=NOMINATION_GUARDS,
    audited=frozenset({"category", "consent"}),
)

EXTENSIONS: Desk[Extension] = Desk(
    model=Extension,
    steps=ExtensionStep,
    workflow=lambda _: EXTENSION,
    procedure=lambda case: procedure_of(home_of(case)),
    may={
        "evaluator": _in_home(may_review_applications),
        "recommender": _nominated_by,
        "proprietor": lambda user, case: acts_for(user, case.recognition.business),
        "decider": _in_home(may_decide_recognitions),
    },
    record=record,
    guards=EXTENSION_GUARDS,
    audited=frozenset({"new_last_day", "recommender_agrees"}),
)

ENDINGS: Desk[Ending] = Desk(
    model=Ending,
    steps=EndingStep,
    workflow=lambda case: REVOCATION if case.kind == Ending.Kind.REVOCATION else WITHDRAWAL,
    procedure=lambda case: procedure_of(home_of(case)),
    may={
        "investigator": _in_home(may_review_applications),
        "proprietor": lambda user, case: acts_for(user, case.recognition.business),
        "decider": _in_home(may_decide_recognitions),
    },
    record=record,
    guards=ENDING_GUARDS,
    audited=frozenset({"kind"}),
)
