"""Notices to persons and to the members of organisations, their ways out of the house, and people's wishes."""

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q

from jieti.accounts.models import Jurisdiction, Organisation, Role
from jieti.kit import clock
from jieti.kit.models import TimeStamped


class NoticeQuerySet(models.QuerySet["Notice"]):
    def for_user(self, user: models.Model) -> Self:
        """Those addressed to the user, and to an organisation that the user works for in the role asked for."""
        own = self._own(user).order_by().values("pk")
        return self.filter(pk__in=own.union(self._of_bodies(user).order_by().values("pk")))

    def unread_by(self, user: models.Model) -> Self:
        """Those that the user has not opened."""
        return self.exclude(Exists(NoticeRead.objects.filter(notice=OuterRef("pk"), user_id=user.pk)))

    def unread_count(self, user: models.Model) -> int:
        """How many notices the user has not opened: one statement on two indexes."""
        own, of_bodies = (
            found.unread_by(user).order_by().values("pk") for found in (self._own(user), self._of_bodies(user))
        )
        return own.union(of_bodies).count()

    def written_once(self, notices: Iterable["Notice"]) -> list["Notice"]:
        """Writes those whose `once` key is new; whoever else writes the same at this moment, one of us does.

        Call it in a transaction. The keys are written in their order, so that two writers never wait for each other.
        """
        wanted = {notice.once: notice for notice in sorted(notices, key=lambda one: one.once)}
        while wanted:
            for once in self.filter(once__in=wanted).values_list("once", flat=True):
                del wanted[once]
            try:
                with transaction.atomic():
                    return self.bulk_create(wanted.values())
            except IntegrityError as error:
                # Somebody else has written one of them since we looked: look again.
                if "notices_notice_once" not in str(error):
                    raise
        return []

    def _own(self, user: models.Model) -> Self:
        return self.filter(recipient_id=user.pk)

    def _of_bodies(self, user: models.Model) -> Self:
        asked = Q(role="") | Q(role=F("organisation__memberships__role"))
        return self.filter(asked, organisation__memberships__user_id=user.pk)


class Notice(TimeStamped):
    """One message, addressed to a user, or to an organisation's members (of one role if `role` says so).

    `kind` is the key of its template; `is_duty` tells that it must be sent and cannot be declined (PIPL 24 allows
    declining pushes that are not duties). `subject` is what it is about (`business:<code>`, `objection:12`). A `once`
    key that was used is not used again: the same reminder is not sent twice.
    """

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="notices"
    )
    kind = models.SlugField("种类", max_length=60)
    is_duty = models.BooleanField("必须送达")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="收件人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    organisation = models.ForeignKey(
        Organisation, verbose_name="收件单位", null=True, blank=True, on_delete=models.PROTECT, related_name="notices"
    )
    role = models.CharField("岗位", max_length=20, choices=Role.choices, blank=True)
    subject = models.CharField("事项", max_length=100, blank=True)
    title = models.CharField("标题", max_length=200)
    body = models.TextField("内容")
    link = models.CharField("链接", max_length=255, blank=True)
    clause = models.CharField("依据", max_length=200, blank=True)
    once = models.CharField("防重键", max_length=200, unique=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "通知"
        verbose_name_plural = "通知"
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(fields=("recipient", "-created_at"), name="notices_notice_recipient"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, organisation__isnull=True, role="")
                | Q(recipient__isnull=True, organisation__isnull=False),
                name="notices_notice_one_addressee",
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(body=""), name="notices_notice_has_text"),
        )

    def __str__(self) -> str:
        return self.title


class NoticeRead(models.Model):
    """That a user has opened a notice."""

    notice = models.ForeignKey(Notice, verbose_name="通知", on_delete=models.CASCADE, related_name="readings")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="用户", on_delete=models.PROTECT, related_name="notice_readings"
    )
    at = models.DateTimeField("阅读时间", default=clock.now)

    class Meta:
        verbose_name = "阅读记录"
        verbose_name_plural = "阅读记录"
        constraints = (models.UniqueConstraint(fields=("notice", "user"), name="notices_read_once"),)

    def __str__(self) -> str:
        return f"{self.user}：{self.notice}"


class Channel(models.TextChoices):
    """Ways out of the house; the site itself needs none."""

    EMAIL = "email", "电子邮件"
    SMS = "sms", "短信"


class DispatchQuerySet(models.QuerySet["Dispatch"]):
    def waiting(self) -> Self:
        """Not sent yet, and not given up."""
        return self.filter(status=Dispatch.Status.QUEUED)


class Dispatch(TimeStamped):
    """A notice on its way to one address. The address is encrypted; how it went is kept.

    It is being sent from before the first byte leaves until we know how it went: if the process dies between, nobody
    can tell, and it is not sent again.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "待发送"
        SENDING = "sending", "发送中"
        SENT = "sent", "已发送"
        FAILED = "failed", "发送失败"

    notice = models.ForeignKey(Notice, verbose_name="通知", on_delete=models.PROTECT, related_name="dispatches")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="收件人", on_delete=models.PROTECT, related_name="dispatches"
    )
    channel = models.CharField("途径", max_length=10, choices=Channel.choices)
    address_cipher = models.BinaryField("地址（加密）")
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    claimed_at = models.DateTimeField("开始发送时间", null=True, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True, blank=True)
    error = models.TextField("原因", blank=True)

    objects = DispatchQuerySet.as_manager()

    class Meta:
        verbose_name = "发送"
        verbose_name_plural = "发送"
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("notice", "user", "channel"), name="notices_dispatch_once"),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None),
                name="notices_dispatch_sent_together",
            ),
            models.CheckConstraint(
                condition=~Q(status="sending") | Q(claimed_at__isnull=False), name="notices_dispatch_sending_since"
            ),
        )

    def __str__(self) -> str:
        return f"{self.notice} {self.get_channel_display()}"


class Refused(TimeStamped):
    """That a user does not want notices of a kind by a channel; duties are told all the same."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="用户", on_delete=models.PROTECT, related_name="notices_refused"
    )
    kind = models.SlugField("种类", max_length=60)
    channel = models.CharField("途径", max_length=10, choices=Channel.choices)

    class Meta:
        verbose_name = "不再接收"
        verbose_name_plural = "不再接收"
        constraints = (models.UniqueConstraint(fields=("user", "kind", "channel"), name="notices_refused_once"),)

    def __str__(self) -> str:
        return f"{self.user} {self.kind} {self.get_channel_display()}"
