"""Which identity at which platform opens which account."""

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from jieti.accounts.models import Membership, User
from jieti.audit.actions import record
from jieti.kit.errors import Refusal

OFFICERS = "officers"
"""The government identity platform."""
PROPRIETORS = "proprietors"
"""The real-name identity platform."""


@transaction.atomic
def link_identity(*, by: User | None, user: User, platform: str, subject: str) -> SocialAccount:
    """From now on `subject` (the claim `sub`) at the platform signs in to this account.

    Linking the same again changes nothing. Raises Refusal when the identity opens another account, the account has
    another identity at this platform, or somebody without a membership is given one of the officers' platform.
    """
    known = SocialAccount.objects.filter(provider=platform, uid=subject).first()
    if known is not None and known.user_id == user.pk:
        return known
    if known is not None:
        raise Refusal("这个身份已经关联了另一个账号。", what_to_do="请先解除原来的关联。")
    if SocialAccount.objects.filter(provider=platform, user=user).exists():
        raise Refusal("这个账号已经关联了这个平台上的另一个身份。", what_to_do="请先解除原来的关联。")
    if platform == OFFICERS and not Membership.objects.filter(user=user).exists():
        raise Refusal("这个账号没有任职，不能关联工作人员身份。", what_to_do="请先为账号登记任职。")
    account: SocialAccount = SocialAccount.objects.create(user=user, provider=platform, uid=subject)
    record(by=by, verb="accounts.link_identity", subject=f"user:{user.pk}", detail={"platform": platform})
    return account


@transaction.atomic
def unlink_identity(*, by: User | None, user: User, platform: str) -> None:
    """The platform signs nobody in to this account any more; without a link nothing changes."""
    deleted, _ = SocialAccount.objects.filter(user=user, provider=platform).delete()
    if deleted:
        record(by=by, verb="accounts.unlink_identity", subject=f"user:{user.pk}", detail={"platform": platform})


def is_linked(user: User, platform: str) -> bool:
    """Whether an identity at the platform opens the account."""
    return bool(SocialAccount.objects.filter(user=user, provider=platform).exists())
