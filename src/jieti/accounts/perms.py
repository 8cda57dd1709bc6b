"""Who may do what. Each docstring is the list of those who may; everyone else may not."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from jieti.accounts.models import DISTRICT_REGULATOR, Membership, Role

Visitor = AbstractBaseUser | AnonymousUser


def is_officer(user: Visitor) -> bool:
    """Members of the district regulator, in any role."""
    return _in_district(user, *Role)


def may_deliver(user: Visitor) -> bool:
    """Intake clerks and reviewers of the district regulator."""
    return _in_district(user, Role.INTAKE_CLERK, Role.REVIEWER)


def may_propose_norm(user: Visitor) -> bool:
    """Reviewers of the district regulator."""
    return _in_district(user, Role.REVIEWER)


def may_approve_norm(user: Visitor) -> bool:
    """Approvers of the district regulator; never the norm's own proposer, which the norm itself checks."""
    return _in_district(user, Role.APPROVER)


def may_run_determination(user: Visitor) -> bool:
    """Reviewers of the district regulator."""
    return _in_district(user, Role.REVIEWER)


def may_publish(user: Visitor) -> bool:
    """Approvers of the district regulator."""
    return _in_district(user, Role.APPROVER)


def may_read_results(user: Visitor) -> bool:
    """Reviewers, approvers and auditors of the district regulator."""
    return _in_district(user, Role.REVIEWER, Role.APPROVER, Role.AUDITOR)


def _in_district(user: Visitor, *roles: Role) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return Membership.objects.filter(user_id=user.pk, organisation__key=DISTRICT_REGULATOR, role__in=roles).exists()
