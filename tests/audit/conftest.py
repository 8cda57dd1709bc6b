import pytest

from tests.audit.tampering import unguarded


@pytest.fixture
def empty(db: None) -> None:
    """Fixtures of other tests may write records; here the chain begins new."""
    unguarded("delete from audit_event")
