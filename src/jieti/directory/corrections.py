"""Correcting a published result because an objection was upheld, with everything that shows it. 附件一(二)3.c.

It stands here because the directory lies above appeals: the lower one does not know who shows its results.
"""

from django.db import transaction

from jieti.accounts.models import User
from jieti.appeals import handling
from jieti.appeals.models import Objection
from jieti.directory.actions import republish


@transaction.atomic
def correct_result(*, by: User, objection: Objection, version: int) -> Objection:
    """The result gets its next version and its directory entry is issued again, both or neither.

    Raises Refusal where the objection is not upheld, was handled meanwhile, or is not the user's to correct.
    """
    done = handling.correct(by=by, objection=objection, version=version)
    republish(by=by, uscc=done.business_id, cause=handling.cause_of(done))
    return done
