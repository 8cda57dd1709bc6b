"""活动: what is held when and where, who is invited, who signed up and came, and what came of it."""

from datetime import date
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.kit import clock
from jieti.kit.models import TimeStamped
from jieti.registry.models import Business


class GatheringQuerySet(models.QuerySet["Gathering"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(organiser__jurisdiction=jurisdiction)

    def announced(self) -> Self:
        """Those that anybody may know of; cancelled ones too, so that nobody comes for nothing."""
        return self.filter(published_at__isnull=False)

    def coming(self, today: date) -> Self:
        """Announced, not cancelled, not over."""
        return self.announced().filter(cancelled_at=None, ends_at__date__gte=today)

    def held_before(self, today: date) -> Self:
        """Over, and not cancelled."""
        return self.announced().filter(cancelled_at=None, ends_at__date__lt=today)


class Gathering(TimeStamped):
    """An event of a body for businesses 活动 (正文二(三)6, 7; 附件四).

    `audience` says who is invited: {"tiers": […], "categories": […], "towns": […], "industries": […]}, an empty list
    for all. `both_sides` names who meets whom at a 供需对接. `result` is written once it is over.
    """

    class Kind(models.TextChoices):
        SERVICE_MONTH = "service_month", "全国个体工商户服务月"
        FESTIVAL = "festival", "节庆和消费季"
        EXHIBITION = "exhibition", "展会"
        BRAND_DAY = "brand_day", "中国品牌日"
        QUALITY_MONTH = "quality_month", "质量月"
        IP_WEEK = "ip_week", "知识产权宣传周"
        OLD_BRANDS = "old_brands", "老字号嘉年华"
        JOB_FAIR = "job_fair", "招聘会"
        MATCHMAKING = "matchmaking", "供需对接会"
        TALK = "talk", "宣讲和培训"
        OTHER = "other", "其他活动"

    organiser = models.ForeignKey(
        Organisation, verbose_name="主办单位", on_delete=models.PROTECT, related_name="gatherings"
    )
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    title = models.CharField("名称", max_length=100)
    gist = models.TextField("内容")
    place = models.CharField("地点", max_length=200)
    starts_at = models.DateTimeField("开始时间")
    ends_at = models.DateTimeField("结束时间")
    audience = models.JSONField("邀请对象", default=dict, blank=True)
    places = models.PositiveIntegerField("名额", null=True, blank=True)
    contact = models.CharField("咨询电话", max_length=100)
    both_sides = models.TextField("对接双方", blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="gatherings_added"
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)
    result = models.TextField("成效", blank=True)
    reported_at = models.DateTimeField("登记成效时间", null=True, blank=True)

    objects = GatheringQuerySet.as_manager()

    class Meta:
        verbose_name = "活动"
        verbose_name_plural = "活动"
        ordering = ("starts_at", "pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="engagement_gathering_in_order"),
            models.CheckConstraint(condition=Q(places=None) | Q(places__gte=1), name="engagement_gathering_places"),
            models.CheckConstraint(
                condition=Q(result="", reported_at=None) | ~Q(result="") & Q(reported_at__isnull=False),
                name="engagement_gathering_result_together",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=False) | Q(reported_at=None, cancelled_at=None),
                name="engagement_gathering_published_first",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        """Whether its end has passed."""
        return self.ends_at <= clock.now()


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def coming(self) -> Self:
        """Those who signed up and have not called off."""
        return self.filter(answer=Invitation.Answer.COMING)


class Invitation(TimeStamped):
    """A business's place at an event: invited or come by itself, its answer, and whether it came (null: not noted)."""

    class Answer(models.TextChoices):
        WAITING = "waiting", "未回复"
        COMING = "coming", "已报名"
        DECLINED = "declined", "不参加"

    gathering = models.ForeignKey(Gathering, verbose_name="活动", on_delete=models.PROTECT, related_name="invitations")
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="invitations"
    )
    is_invited = models.BooleanField("受邀", default=False)
    answer = models.CharField("回复", max_length=10, choices=Answer.choices, default=Answer.WAITING)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="回复人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="invitations_answered",
    )
    answered_at = models.DateTimeField("回复时间", null=True, blank=True)
    has_come = models.BooleanField("到场", null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = "活动邀请"
        verbose_name_plural = "活动邀请"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("gathering", "business"), name="engagement_invitation_once"),
            models.CheckConstraint(
                condition=Q(answer="waiting", answered_by=None, answered_at=None)
                | ~Q(answer="waiting") & Q(answered_by__isnull=False, answered_at__isnull=False),
                name="engagement_invitation_answered_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.gathering}：{self.business}"
