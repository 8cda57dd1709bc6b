"""诉求: what somebody asks, suggests or complains of, and every step to the answer."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.kit.cases import Case, CaseQuerySet, CaseStep
from jieti.kit.models import KeptFile
from jieti.kit.protection import EncryptedTextField
from jieti.registry.models import Business


class GrievanceQuerySet(CaseQuerySet["Grievance"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def readable_by(self, user: models.Model, *, oversees: bool) -> Self:
        """Those that a body of the user's handles, and for who oversees all that are not in confidence.

        Never one against a body for which the user works, in whatever other role they come.
        """
        own = Organisation.objects.worked_for_by(user).order_by().values("pk")
        handled = Q(handler__in=own)
        seen = handled | ~Q(kind__in=Grievance.CONFIDENTIAL) if oversees else handled
        return self.filter(seen).exclude(accused__in=own)

    def raised_for(self, business: Business) -> Self:
        return self.filter(business=business)


class Grievance(Case):
    """A question, a difficulty, a suggestion or a complaint 诉求 (正文二(三)7, 三(二)).

    `handler` answers and is never `accused`, the body complained of. `raised_by` and `business` are empty for who has
    no account; `asker` and `contact` are encrypted, and `receipt_hash` finds the grievance by the number that whoever
    lodged it was shown once. `answer` is what they read.
    """

    class Kind(models.TextChoices):
        QUESTION = "question", "咨询"
        DIFFICULTY = "difficulty", "经营困难"
        SUGGESTION = "suggestion", "意见建议"
        FEE = "fee", "收费、摊派、索要财物"
        CONDUCT = "conduct", "工作作风和服务"

    CONFIDENTIAL = (Kind.FEE, Kind.CONDUCT)
    """Kinds that discipline handles and nobody else reads."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="grievances"
    )
    kind = models.CharField("种类", max_length=20, choices=Kind.choices)
    business = models.ForeignKey(
        Business,
        verbose_name="个体工商户",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="grievances",
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="提出人账号",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="grievances",
    )
    asker = EncryptedTextField("提出人", null=True, blank=True)
    contact = EncryptedTextField("联系方式", null=True, blank=True)
    accused = models.ForeignKey(
        Organisation,
        verbose_name="被投诉单位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="grievances_against",
    )
    handler = models.ForeignKey(
        Organisation, verbose_name="承办单位", on_delete=models.PROTECT, related_name="grievances_handled"
    )
    title = models.CharField("事由", max_length=100)
    statement = models.TextField("内容")
    receipt_hash = models.CharField("查询码散列", max_length=64, unique=True)
    answer = models.TextField("答复", blank=True)

    objects = GrievanceQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "诉求"
        verbose_name_plural = "诉求"
        ordering = ("-opened_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.CheckConstraint(
                condition=Q(accused=None) | ~Q(accused=F("handler")), name="engagement_grievance_not_by_the_accused"
            ),
            models.CheckConstraint(
                condition=~Q(title="") & ~Q(statement=""), name="engagement_grievance_has_statement"
            ),
            models.CheckConstraint(
                condition=~Q(state="answered") | ~Q(answer=""), name="engagement_grievance_answered_in_words"
            ),
            models.CheckConstraint(
                condition=Q(business=None) | Q(raised_by__isnull=False), name="engagement_grievance_business_has_asker"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}：{self.title}"

    @property
    def jurisdiction_code(self) -> str:
        return self.jurisdiction_id

    @property
    def is_confidential(self) -> bool:
        """Whether only the body that handles it reads it."""
        return self.kind in self.CONFIDENTIAL


class GrievanceStep(CaseStep):
    """A step of a grievance."""

    case = models.ForeignKey(Grievance, verbose_name="诉求", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "诉求办理步骤"
        verbose_name_plural = "诉求办理步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"


class GrievanceFile(KeptFile):
    """A file that came with a grievance. Who handed it in is what the grievance says, so that it tells no more."""

    grievance = models.ForeignKey(Grievance, verbose_name="诉求", on_delete=models.PROTECT, related_name="files")

    class Meta:
        verbose_name = "诉求附件"
        verbose_name_plural = "诉求附件"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("grievance", "sha256"), name="engagement_grievance_file_once"),
        )
