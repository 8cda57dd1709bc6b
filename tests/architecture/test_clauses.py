"""The register of clauses tells the truth: what it names exists, and what is done is tested."""

from collections import Counter

from tests.architecture.register import entries, exists, marked

STATUSES = {"done", "open", "none"}


def test_every_clause_stands_once_and_has_a_duty() -> None:
    assert not [clause for clause, times in Counter(one.clause for one in entries()).items() if times > 1]
    assert not [one.clause for one in entries() if not one.duty or one.status not in STATUSES]


def test_what_the_register_names_exists() -> None:
    named = {(one.clause, path) for one in entries() for path in (*one.implemented_by, *one.tested_by)}
    assert not sorted(f"{clause}: {path}" for clause, path in named if not exists(path))


def test_what_is_done_is_implemented_and_tested() -> None:
    done = [one for one in entries() if one.status == "done"]
    assert done
    assert not [one.clause for one in done if not one.implemented_by or not one.tested_by]


def test_a_clause_without_a_system_duty_says_why() -> None:
    assert not [one.clause for one in entries() if one.status == "none" and not one.why]


def test_marks_name_registered_clauses() -> None:
    known = {one.clause for one in entries()}
    assert not sorted(f"{file}: {clause}" for file, clause in marked() if clause not in known)


def test_a_marked_test_is_in_the_register() -> None:
    """A test that says which clause it proves is one of the clause's tests; several clauses may share a file."""
    tests = {one.clause: {path.partition("::")[0] for path in one.tested_by} for one in entries()}
    assert not sorted({f"{clause}: {file}" for file, clause in marked() if file not in tests.get(clause, {file})})
