"""需求和供给: what businesses need, what bodies offer (courses, premises), and what came of it."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.engagement.models.events import Gathering
from jieti.kit.cases import Case, CaseQuerySet, CaseStep
from jieti.kit.models import TimeStamped
from jieti.registry.models import Business


class OfferQuerySet(models.QuerySet["Offer"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(organiser__jurisdiction=jurisdiction)

    def open(self, on: date) -> Self:
        """Those that can be signed up for on the day: not withdrawn, not over."""
        return self.filter(withdrawn_at=None).filter(Q(ends_on=None) | Q(ends_on__gte=on))


class Offer(TimeStamped):
    """A course of the training catalogue or premises of a town's pool that businesses may sign up for.

    `places` is how many may sign up, null: any number. `ends_on` is the last day, null: until withdrawn.
    """

    class Kind(models.TextChoices):
        COURSE = "course", "培训课程"
        PREMISES = "premises", "经营场地"

    organiser = models.ForeignKey(
        Organisation, verbose_name="提供单位", on_delete=models.PROTECT, related_name="offers"
    )
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    title = models.CharField("名称", max_length=100)
    provider = models.CharField("培训机构或者产权单位", max_length=100, blank=True)
    place = models.CharField("地点", max_length=200, blank=True)
    gist = models.TextField("内容和条件")
    starts_on = models.DateField("开始日期", null=True, blank=True)
    ends_on = models.DateField("截止日期", null=True, blank=True)
    places = models.PositiveIntegerField("名额", null=True, blank=True)
    contact = models.CharField("咨询电话", max_length=100)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="offers_added"
    )
    withdrawn_at = models.DateTimeField("撤下时间", null=True, blank=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        verbose_name = "培训和场地"
        verbose_name_plural = "培训和场地"
        ordering = ("-created_at", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=~Q(title="") & ~Q(gist=""), name="engagement_offer_has_text"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(starts_on=None) | Q(ends_on__gte=F("starts_on")),
                name="engagement_offer_days_in_order",
            ),
            models.CheckConstraint(condition=Q(places=None) | Q(places__gte=1), name="engagement_offer_has_places"),
        )

    def __str__(self) -> str:
        return self.title


class NeedQuerySet(CaseQuerySet["Need"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def handled_by(self, user: models.Model) -> Self:
        """Those that a body of the user's handles."""
        return self.filter(handler__in=Organisation.objects.worked_for_by(user).order_by().values("pk"))

    def raised_for(self, business: Business) -> Self:
        return self.filter(business=business)

    def holding_places(self) -> Self:
        """Sign-ups that count against an offer's places."""
        return self.exclude(state="withdrawn").exclude(outcome=Need.Outcome.NOT_MET)


class Need(Case):
    """What a business needs 需求, with whoever handles it, what it was referred to, and the outcome."""

    class Kind(models.TextChoices):
        TRAINING = "training", "培训"
        HIRING = "hiring", "招工"
        FINANCING = "financing", "融资"
        PREMISES = "premises", "经营场地"
        PARTNERS = "partners", "上下游合作"

    class Outcome(models.TextChoices):
        MET = "met", "已解决"
        PARTLY = "partly", "部分解决"
        NOT_MET = "not_met", "未解决"

    jurisdiction = models.ForeignKey(Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="needs")
    business = models.ForeignKey(Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="needs")
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="needs"
    )
    handler = models.ForeignKey(
        Organisation, verbose_name="承办单位", on_delete=models.PROTECT, related_name="needs_handled"
    )
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    quantity = models.PositiveIntegerField("数量", null=True, blank=True)
    statement = models.TextField("具体需求", blank=True)
    offer = models.ForeignKey(
        Offer, verbose_name="培训或者场地", null=True, blank=True, on_delete=models.PROTECT, related_name="needs"
    )
    gathering = models.ForeignKey(
        Gathering, verbose_name="活动", null=True, blank=True, on_delete=models.PROTECT, related_name="needs"
    )
    outcome = models.CharField("结果", max_length=20, choices=Outcome.choices, blank=True)
    outcome_note = models.TextField("结果说明", blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "需求"
        verbose_name_plural = "需求"
        ordering = ("-opened_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=("business", "kind"),
                condition=Q(closed_on__isnull=True, offer__isnull=True),
                name="engagement_need_one_open_a_kind",
            ),
            models.UniqueConstraint(
                fields=("business", "offer"),
                condition=Q(closed_on__isnull=True, offer__isnull=False),
                name="engagement_need_one_sign_up",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", outcome_note="") | ~Q(outcome="") & ~Q(outcome_note=""),
                name="engagement_need_outcome_together",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | ~Q(outcome=""), name="engagement_need_settled_with_outcome"
            ),
        )

    def __str__(self) -> str:
        return f"{self.business} {self.get_kind_display()}"

    @property
    def jurisdiction_code(self) -> str:
        return self.jurisdiction_id


class NeedStep(CaseStep):
    """A step of a need."""

    case = models.ForeignKey(Need, verbose_name="需求", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "需求办理步骤"
        verbose_name_plural = "需求办理步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"
