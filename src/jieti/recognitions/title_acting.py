"""Who speaks for a recognised business: its proprietor, or an agent in the proprietor's name."""

from jieti.accounts.models import User
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Recognition
from jieti.registry.mandates import acts_for, is_proprietor


def demand_speaker(by: User, recognition: Recognition) -> None:
    """Raises Refusal for anybody else."""
    if not acts_for(by, recognition.business):
        raise Refusal("只有经营者本人或者受托人可以办理。", what_to_do="请由经营者本人登录后办理。")


def demand_proprietor(by: User, recognition: Recognition) -> None:
    """Raises Refusal for everybody but the proprietor: what cannot be entrusted."""
    if not is_proprietor(by, recognition.business):
        raise Refusal("这件事只能由经营者本人决定。", what_to_do="请由经营者本人登录后办理。")
