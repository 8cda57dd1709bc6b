"""Sending what is queued: once, with nothing personal in it. Source: 《个人信息保护法》第二十四条、第五十一条.

E-mail and text messages pass through many hands. They say that there is a notice and where to read it; what it says
stays on the site, behind the addressee's own sign-in.
"""

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from jieti.kit import clock
from jieti.kit.protection import decrypt
from jieti.notices.gateways import sms_gateway
from jieti.notices.models import Channel, Dispatch

SUBJECT = "您有一条新通知"
LIMIT = timedelta(hours=1)
UNCERTAIN = "发送时中断，不能确定是否已经发出，没有再发。"


def send(dispatch_id: int, *, is_last_attempt: bool) -> None:
    """Sends one; one that is no longer queued is left alone. A failure is raised, and on the last attempt kept."""
    dispatch = _claimed(dispatch_id)
    if dispatch is None:
        return
    try:
        _hand_over(dispatch)
    except Exception as error:
        # What the mail server says may repeat the address: its kind is kept, not its words.
        dispatch.error = type(error).__name__
        dispatch.status = Dispatch.Status.FAILED if is_last_attempt else Dispatch.Status.QUEUED
        dispatch.save(update_fields=["status", "error"])
        raise
    dispatch.status, dispatch.sent_at, dispatch.error = Dispatch.Status.SENT, clock.now(), ""
    dispatch.save(update_fields=["status", "sent_at", "error"])


@transaction.atomic
def _claimed(dispatch_id: int) -> Dispatch | None:
    """The dispatch, ours to send and known as such; None where somebody else has it or had it."""
    dispatch = Dispatch.objects.select_for_update(skip_locked=True).filter(pk=dispatch_id).first()
    if dispatch is None or dispatch.status != Dispatch.Status.QUEUED:
        return None
    dispatch.status, dispatch.claimed_at = Dispatch.Status.SENDING, clock.now()
    dispatch.attempts += 1
    dispatch.save(update_fields=["status", "claimed_at", "attempts"])
    return dispatch


def give_up_interrupted() -> int:
    """Those that were being sent when their process died are closed; how many. No sending takes as long as LIMIT."""
    died = Dispatch.objects.filter(status=Dispatch.Status.SENDING, claimed_at__lt=clock.now() - LIMIT)
    return died.update(status=Dispatch.Status.FAILED, error=UNCERTAIN)


def _hand_over(dispatch: Dispatch) -> None:
    address, text = decrypt(bytes(dispatch.address_cipher)), text_of(dispatch)
    if dispatch.channel == Channel.SMS:
        sms_gateway().send(phone=address, text=text, reference=f"notice-{dispatch.pk}")
    else:
        EmailMessage(subject=SUBJECT, body=text, to=[address]).send()


def text_of(dispatch: Dispatch) -> str:
    """What leaves the house: that there is a notice, and where it can be read and pushes be declined."""
    address = f"{settings.SITE_URL}{reverse('notice', args=[dispatch.notice_id])}"
    return f"{SUBJECT}，请登录个体工商户分型分类服务平台查看：{address}"
