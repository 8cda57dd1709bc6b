"""Who may do what. Each docstring is the list of those who may; everyone else may not.

With a jurisdiction the question is asked of that jurisdiction alone; without one, of any in which the user works.
"""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from jieti.accounts.memberships import holds
from jieti.accounts.models import (
    ASSOCIATION,
    CITY_REGULATOR,
    DISTRICT_REGULATOR,
    TOWN_KINDS,
    Jurisdiction,
    Organisation,
    Role,
)

Visitor = AbstractBaseUser | AnonymousUser
REGULATOR = Q(organisation__key=DISTRICT_REGULATOR)
SERVING = Q(role__in=(Role.DEPARTMENT_OFFICER, Role.TOWN_OFFICER, Role.ASSOCIATION_WORKER, Role.CITY_OFFICER)) | Q(
    organisation__key__in=(DISTRICT_REGULATOR, CITY_REGULATOR), role__in=(Role.INTAKE_CLERK, Role.REVIEWER)
)
"""Who deals with owners for a body."""


def is_member(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Everybody with a role in an organisation: the officers' home shows each what is theirs."""
    return _holds(user, Q(), jurisdiction) or is_city_officer(user, jurisdiction)


def is_officer(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Members of the district regulator, in any role, and officers of the city above."""
    return _holds(user, REGULATOR, jurisdiction) or is_city_officer(user, jurisdiction)


def is_city_officer(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """City officers, in the city and in its districts."""
    city = jurisdiction.parent if jurisdiction and jurisdiction.parent else jurisdiction
    return _holds(user, Q(role=Role.CITY_OFFICER, organisation__key=CITY_REGULATOR), city)


def is_town_officer(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Town officers of a town, township, subdistrict or development zone."""
    return _holds(user, Q(role=Role.TOWN_OFFICER, organisation__kind__in=TOWN_KINDS), jurisdiction)


def is_association_worker(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Workers of the association of individually-owned businesses."""
    return _holds(user, Q(role=Role.ASSOCIATION_WORKER, organisation__key=ASSOCIATION), jurisdiction)


def may_deliver(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Intake clerks and reviewers of the district regulator, and department officers."""
    in_regulator = REGULATOR & Q(role__in=(Role.INTAKE_CLERK, Role.REVIEWER))
    return _holds(user, in_regulator | Q(role=Role.DEPARTMENT_OFFICER), jurisdiction)


def may_deliver_for(user: Visitor, supplier: Organisation, jurisdiction: Jurisdiction | None = None) -> bool:
    """Intake clerks and reviewers of the district regulator for every supplier; department officers for their own.

    The district is the supplier's, unless a body of the city delivers to one.
    """
    in_regulator = REGULATOR & Q(role__in=(Role.INTAKE_CLERK, Role.REVIEWER))
    return _holds(user, _of_supplier(in_regulator, supplier, jurisdiction), None)


def may_confirm_delivery_of(user: Visitor, supplier: Organisation, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers of the district regulator, and officers of the supplier; never the deliverer, which the row checks.

    The district is the supplier's, unless a body of the city delivers to one.
    """
    return _holds(user, _of_supplier(REGULATOR & Q(role=Role.REVIEWER), supplier, jurisdiction), None)


def may_see_deliveries(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Members of the district regulator, city officers; department officers see those of their own department."""
    return is_officer(user, jurisdiction) or _holds(user, Q(role=Role.DEPARTMENT_OFFICER), jurisdiction)


def may_answer_for(user: Visitor, organisation: Organisation) -> bool:
    """Department officers of the organisation; for the district regulator its reviewers too."""
    role = Q(role=Role.DEPARTMENT_OFFICER) | REGULATOR & Q(role=Role.REVIEWER)
    return _holds(user, Q(organisation=organisation) & role, organisation.jurisdiction)


def may_answer_corrections(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Department officers, and reviewers of the district regulator; each for their own organisation."""
    return _holds(user, Q(role=Role.DEPARTMENT_OFFICER) | REGULATOR & Q(role=Role.REVIEWER), jurisdiction)


def may_oversee_objections(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Members of the district regulator and of the city regulator above it, in any role."""
    city = jurisdiction.parent if jurisdiction and jurisdiction.parent else jurisdiction
    return is_officer(user, jurisdiction) or _holds(user, Q(organisation__key=CITY_REGULATOR), city)


def may_answer_reports(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers and approvers of the district regulator."""
    return _holds(user, REGULATOR & Q(role__in=(Role.REVIEWER, Role.APPROVER)), jurisdiction)


def may_see_objections(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Members of the district and city regulators; department officers see what was put to their own department."""
    in_department = Q(role=Role.DEPARTMENT_OFFICER)
    return may_oversee_objections(user, jurisdiction) or _holds(user, in_department, jurisdiction)


def may_accept_objections_of(user: Visitor, handler: Organisation) -> bool:
    """Intake clerks and reviewers of the regulator that handles the objection."""
    return _holds(user, Q(organisation=handler, role__in=(Role.INTAKE_CLERK, Role.REVIEWER)), None)


def may_verify_objections_of(user: Visitor, handler: Organisation) -> bool:
    """Reviewers of the regulator that handles the objection."""
    return _holds(user, Q(organisation=handler, role=Role.REVIEWER), None)


def may_decide_objections_of(user: Visitor, handler: Organisation) -> bool:
    """Approvers of the regulator that handles the objection; never who proposed, which the case itself checks."""
    return _holds(user, Q(organisation=handler, role=Role.APPROVER), None)


def may_declare_milestones(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers and approvers of the district regulator, and city officers."""
    in_regulator = REGULATOR & Q(role__in=(Role.REVIEWER, Role.APPROVER))
    return _holds(user, in_regulator, jurisdiction) or is_city_officer(user, jurisdiction)


def may_propose_norm(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers of the district regulator."""
    return _holds(user, REGULATOR & Q(role=Role.REVIEWER), jurisdiction)


def may_approve_norm(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Approvers of the district regulator; never the norm's own proposer, which the norm itself checks."""
    return _holds(user, REGULATOR & Q(role=Role.APPROVER), jurisdiction)


def may_run_determination(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers of the district regulator."""
    return _holds(user, REGULATOR & Q(role=Role.REVIEWER), jurisdiction)


def may_publish(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Approvers of the district regulator; never the one who started the run, which the run itself checks."""
    return _holds(user, REGULATOR & Q(role=Role.APPROVER), jurisdiction)


def may_read_results(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers, approvers and auditors of the district regulator, and city officers."""
    roles = (Role.REVIEWER, Role.APPROVER, Role.AUDITOR)
    return _holds(user, REGULATOR & Q(role__in=roles), jurisdiction) or is_city_officer(user, jurisdiction)


def may_search_register(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Members of the district regulator, city officers, town officers and association workers.

    What each then sees of a business is accounts.disclosure's to say.
    """
    return (
        is_officer(user, jurisdiction)
        or is_town_officer(user, jurisdiction)
        or is_association_worker(user, jurisdiction)
    )


def may_read_audit(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Auditors and administrators."""
    return _holds(user, Q(role__in=(Role.AUDITOR, Role.ADMINISTRATOR)), jurisdiction)


def may_administer(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Administrators."""
    return _holds(user, Q(role=Role.ADMINISTRATOR), jurisdiction)


def may_manage_feed_of(user: Visitor, supplier: Organisation, jurisdiction: Jurisdiction | None = None) -> bool:
    """Administrators of the jurisdiction, and department officers of the supplier."""
    return _holds(user, _of_supplier(Q(role=Role.ADMINISTRATOR), supplier, jurisdiction), None)


def may_see_recognitions(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Members of the district regulator, city officers, town officers, and department officers for their own cases."""
    in_department = Q(role=Role.DEPARTMENT_OFFICER)
    return (
        is_officer(user, jurisdiction)
        or is_town_officer(user, jurisdiction)
        or _holds(user, in_department, jurisdiction)
        or _holds(user, Q(organisation__key=CITY_REGULATOR), jurisdiction.parent if jurisdiction else None)
    )


def may_accept_applications(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Intake clerks and reviewers of the district regulator."""
    return _holds(user, REGULATOR & Q(role__in=(Role.INTAKE_CLERK, Role.REVIEWER)), jurisdiction)


def may_review_applications(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers of the district regulator."""
    return _holds(user, REGULATOR & Q(role=Role.REVIEWER), jurisdiction)


def may_visit_applicants(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Intake clerks and reviewers of the district regulator, and town officers."""
    in_regulator = REGULATOR & Q(role__in=(Role.INTAKE_CLERK, Role.REVIEWER))
    return _holds(user, in_regulator, jurisdiction) or is_town_officer(user, jurisdiction)


def may_decide_recognitions(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Approvers of the district regulator; never who proposed, which the case itself checks."""
    return _holds(user, REGULATOR & Q(role=Role.APPROVER), jurisdiction)


def may_nominate_for(user: Visitor, nominator: Organisation) -> bool:
    """Department officers of the nominating department."""
    return _holds(user, Q(organisation=nominator, role=Role.DEPARTMENT_OFFICER), None)


def may_nominate(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Department officers; each for their own department."""
    return _holds(user, Q(role=Role.DEPARTMENT_OFFICER), jurisdiction)


def may_check_recognitions(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """City officers of the city above the district."""
    return is_city_officer(user, jurisdiction)


def may_work_for(user: Visitor, organisation: Organisation) -> bool:
    """Intake clerks and reviewers of a regulator, department, town, association and city officers; for their own body.

    What a body answers, arranges and does for owners is done by these.
    """
    return _holds(user, Q(organisation=organisation) & SERVING, None)


def may_serve(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Intake clerks and reviewers of the regulator, department, town, association and city officers.

    Each sees what is their own body's.
    """
    return _holds(user, SERVING, jurisdiction) or is_city_officer(user, jurisdiction)


def may_supervise(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers and approvers of the district regulator."""
    return _holds(user, REGULATOR & Q(role__in=(Role.REVIEWER, Role.APPROVER)), jurisdiction)


def may_see_services(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Whoever supervises, and whoever serves owners; these see the matters of their own body."""
    return may_supervise(user, jurisdiction) or may_serve(user, jurisdiction)


def may_enter_awards(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Department officers, and reviewers of the district regulator."""
    return _holds(user, Q(role=Role.DEPARTMENT_OFFICER) | REGULATOR & Q(role=Role.REVIEWER), jurisdiction)


def may_record_conversions(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Intake clerks and reviewers of the district regulator."""
    return _holds(user, REGULATOR & Q(role__in=(Role.INTAKE_CLERK, Role.REVIEWER)), jurisdiction)


def may_see_conversions(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Members of the district regulator, city officers and department officers."""
    return is_officer(user, jurisdiction) or _holds(user, Q(role=Role.DEPARTMENT_OFFICER), jurisdiction)


def may_write_measures(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Department officers for their own body, and reviewers of the district regulator for any."""
    return _holds(user, Q(role=Role.DEPARTMENT_OFFICER) | REGULATOR & Q(role=Role.REVIEWER), jurisdiction)


def may_publish_measures(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Approvers of the district regulator; never the version's own author, which the version itself checks."""
    return _holds(user, REGULATOR & Q(role=Role.APPROVER), jurisdiction)


def may_oversee_measures(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Reviewers, approvers and auditors of the district regulator, and city officers."""
    return may_read_results(user, jurisdiction)


def may_see_reach(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Whoever oversees measures; department officers and town officers see those of their own body."""
    in_body = Q(role=Role.DEPARTMENT_OFFICER) | Q(role=Role.TOWN_OFFICER, organisation__kind__in=TOWN_KINDS)
    return may_oversee_measures(user, jurisdiction) or _holds(user, in_body, jurisdiction)


def may_record_receipts(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Department officers and town officers for their own body, and reviewers of the district regulator."""
    in_body = Q(role=Role.DEPARTMENT_OFFICER) | Q(role=Role.TOWN_OFFICER, organisation__kind__in=TOWN_KINDS)
    return _holds(user, in_body | REGULATOR & Q(role=Role.REVIEWER), jurisdiction)


def may_see_department_picture(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Department officers; each of their own organisation."""
    return _holds(user, Q(role=Role.DEPARTMENT_OFFICER), jurisdiction)


def may_export_research(user: Visitor, jurisdiction: Jurisdiction | None = None) -> bool:
    """Those who may read results: reviewers, approvers and auditors of the district regulator, and city officers."""
    return may_read_results(user, jurisdiction)


def _of_supplier(in_district: Q, supplier: Organisation, jurisdiction: Jurisdiction | None) -> Q:
    """Held in the district that is delivered to, or as an officer of the supplier."""
    home = jurisdiction or supplier.jurisdiction
    own = Q(role=Role.DEPARTMENT_OFFICER, organisation=supplier)
    return in_district & Q(organisation__jurisdiction=home) | own


def _holds(user: Visitor, what: Q, jurisdiction: Jurisdiction | None) -> bool:
    if not user.is_authenticated or not user.is_active:
        return False
    return holds(user.pk, what, jurisdiction)
