"""个转企: recorded with what follows from it, and told to whoever advises on 专精特新. 附件二(三)2."""

import datetime

from django.db import IntegrityError, transaction

from jieti.accounts.models import User
from jieti.accounts.perms import may_record_conversions, may_work_for
from jieti.audit.actions import record
from jieti.domain import uscc
from jieti.engagement.models import Conversion
from jieti.engagement.records import demand_past
from jieti.engagement.routing import adviser_on_conversion
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Recognition
from jieti.recognitions.watching import end_by_itself
from jieti.registry.models import Business

CLAUSE = "附件二(三)2"


@transaction.atomic
def record_conversion(
    *, by: User, business: Business, converted_on: datetime.date, enterprise_name: str, enterprise_uscc: str
) -> Conversion:
    """Writes down that a business became an enterprise; its title ends as converted, and no measure is for it any more.

    Its tier is history from that day on: `Business.converted_on` says so to whoever shows or uses it. Raises Refusal
    for a malformed code, a day to come, and a business that was recorded.
    """
    if not may_record_conversions(by, business.jurisdiction):
        raise Refusal("您不能登记个转企。", what_to_do="请由区市场监管局的受理或者审核人员登记。")
    demand_past(converted_on)
    conversion = Conversion(
        business=business,
        converted_on=converted_on,
        enterprise_name=enterprise_name.strip(),
        enterprise_uscc=_code(enterprise_uscc),
        added_by=by,
    )
    try:
        with transaction.atomic():
            conversion.save()
    except IntegrityError as error:
        if "business_id" not in str(error):
            raise
        raise Refusal("这一户的个转企已经登记。", what_to_do="请在列表里查看。") from None
    business.converted_on = converted_on
    business.save(update_fields=["converted_on"])
    _record(by, "engagement.record_conversion", conversion)
    for title in Recognition.objects.unended().filter(business=business):
        end_by_itself(title, kind=Recognition.End.CONVERTED, reason=f"已于{converted_on}转为企业")
    return conversion


@transaction.atomic
def advise(*, by: User, conversion: Conversion) -> Conversion:
    """Notes that the enterprise was told about 专精特新. Raises Refusal for who is not of the body that advises."""
    locked = Conversion.objects.select_for_update(of=("self",)).get(pk=conversion.pk)
    adviser = adviser_on_conversion(locked.business.jurisdiction)
    if adviser is None or not may_work_for(by, adviser):
        raise Refusal("您不能登记专精特新辅导。", what_to_do=f"请由{adviser or '规则指定的单位'}办理。")
    if locked.advised_on is None:
        locked.advised_on, locked.advised_by = clock.today(), adviser
        locked.save(update_fields=["advised_on", "advised_by"])
        _record(by, "engagement.advise_conversion", locked)
    return locked


def _code(text: str) -> str:
    try:
        return uscc.parse(text)
    except uscc.MalformedUsccError as error:
        raise Refusal("企业统一社会信用代码有误。", what_to_do="请核对18位代码。") from error


def _record(by: User, verb: str, conversion: Conversion) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"conversion:{conversion.pk}",
        detail={"business": conversion.business_id},
        clause=CLAUSE,
        jurisdiction=conversion.business.jurisdiction_id,
    )
