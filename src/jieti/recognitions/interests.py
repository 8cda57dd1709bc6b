"""利益关系声明和回避: who works on an application says whether they have a tie to it; with one they take no step."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Application, InterestDeclaration
from jieti.registry.models import Business

CLAUSE = "正文三(二)"


def has_tie(user: AbstractBaseUser, application: Application) -> bool:
    """Who declared one, and who may act for the business itself."""
    if Business.objects.handled_by(user, on=clock.today()).filter(pk=application.business_id).exists():
        return True
    return bool(application.pk) and _declared(user, application, has_tie=True)


def has_declared(user: AbstractBaseUser, application: Application) -> bool:
    """Whether the person has said that there is no tie."""
    return _declared(user, application, has_tie=False)


@transaction.atomic
def declare(*, by: User, application: Application, tie: bool, detail: str = "") -> InterestDeclaration:
    """Says whether there is a tie, and which. One that has come up since is added; one that was said is never unsaid.

    Raises Refusal for a tie that is not described, and for taking a tie back.
    """
    if tie and not detail.strip():
        raise Refusal("没有说明是什么利益关系。", what_to_do="请写明，例如亲属、合伙、债务。")
    said, is_new = InterestDeclaration.objects.select_for_update().get_or_create(
        application=application, user=by, defaults={"has_tie": tie, "tie": detail.strip() if tie else ""}
    )
    if not is_new and said.has_tie and not tie:
        raise Refusal("您声明过有利益关系，不能撤回。", what_to_do="这件申报由其他人员办理。")
    if not is_new:
        said.has_tie, said.tie, said.declared_at = tie, detail.strip() if tie else "", clock.now()
        said.save(update_fields=["has_tie", "tie", "declared_at"])
    record(
        by=by,
        verb="recognitions.declare_interest",
        subject=f"application:{application.pk}",
        clause=CLAUSE,
        jurisdiction=application.jurisdiction_code,
    )
    return said


def demand_impartial(by: AbstractBaseUser, application: Application) -> None:
    """Raises Refusal for somebody with a tie, and for somebody who has not said that there is none."""
    demand_no_tie(by, application)
    if not has_declared(by, application):
        raise Refusal("您还没有声明与这件申报有没有利益关系。", what_to_do="请先作利益关系声明，再办理。")


def demand_no_tie(by: AbstractBaseUser, application: Application) -> None:
    """Raises Refusal for somebody with a tie to the application."""
    if has_tie(by, application):
        raise Refusal("您与这件申报有利益关系，应当回避。", what_to_do="请交给没有利益关系的同事办理。")


def _declared(user: AbstractBaseUser, application: Application, *, has_tie: bool) -> bool:
    return InterestDeclaration.objects.filter(application=application, user_id=user.pk, has_tie=has_tie).exists()
