"""Who speaks for a recognised business: its proprietor, or an agent in the proprietor's name."""

from jieti.accounts.models import User
from jieti.kit.errors import Refusal
from jieti.recognitions.desk import acts_for
from jieti.recognitions.models import Recognition
from jieti.registry.models import Proprietorship


def demand_speaker(by: User, recognition: Recognition) -> None:
    """Raises Refusal for anybody else."""
    if not acts_for(by, recognition.business):
        raise Refusal("只有经营者本人或者受托人可以办理。", what_to_do="请由经营者本人登录后办理。")


def demand_proprietor(by: User, recognition: Recognition) -> None:
    """Raises Refusal for everybody but the proprietor: what cannot be entrusted."""
    if not _owns(by, recognition):
        raise Refusal("这件事只能由经营者本人决定。", what_to_do="请由经营者本人登录后办理。")


def on_behalf(by: User | None, recognition: Recognition) -> str:
    """For whom somebody acts who is not the proprietor; empty for the proprietor."""
    return "" if by is None or _owns(by, recognition) else f"business:{recognition.business_id}"


def _owns(by: User, recognition: Recognition) -> bool:
    return Proprietorship.objects.filter(user=by, business=recognition.business_id).exists()
