"""From the visit to the title: nothing is left out, nothing is counted twice, every paper is there."""

import datetime
import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.protection import decrypting_reader
from jieti.notices.models import Notice
from jieti.recognitions import city, deciding, noticing
from jieti.recognitions.models import Application, NumberSeries, Recognition
from tests.factories.recognitions import make_recognition
from tests.recognitions.bench import DAY, FIRST_DAY, JUDGED, Bench, fresh


@pytest.mark.clause("附件三(二)2.a", "附件三(二)1.b", "附件三(一).b", "正文二(一)3.c", "正文二(一)3.d")
def test_the_whole_way(bench: Bench) -> None:
    title = bench.recognised()
    case = fresh(title.application)
    assert [one.step for one in case.steps.all()] == [
        "record_visit",
        "propose",
        "give_notice",
        "end_notice",
        "recognise",
    ]
    assert case.state == "recognised"
    decided = datetime.date(2026, 9, 21)  # the Sunday before is worked for the October holidays
    assert (title.recognised_on, title.last_day) == (decided, datetime.date(2029, 9, 21))
    assert title.benefits_from == datetime.date(2027, 1, 1)
    assert (title.number, title.document_number) == ("怀名特优新〔2026〕1号", "怀市监认字〔2026〕1号")
    assert (title.base, title.ceiling, title.receipt) == (1039, 51, bench.campaign.receipt)
    assert title.published_at is None
    city.mark_sent(by=bench.reviewer, report=city.make_report(by=bench.reviewer, campaign=bench.campaign))
    case = fresh(case)
    with pytest.raises(Refusal, match="标注公示"):
        deciding.take_effect(by=bench.reviewer, application=case, version=case.version)
    events = Event.objects.filter(subject=f"recognition:{title.pk}")
    assert [one.verb for one in events] == ["recognitions.give_title"]
    assert Notice.objects.filter(kind="selection_result", body__contains=title.number).exists()


def test_papers_are_kept_encrypted(bench: Bench) -> None:
    title = bench.recognised()
    pdf, docx = (Path(settings.DATA_DIR) / path for path in (title.document_path, title.document_docx_path))
    assert decrypting_reader(pdf).read().startswith(b"%PDF-")
    assert b"%PDF-" not in pdf.read_bytes()
    with zipfile.ZipFile(io.BytesIO(decrypting_reader(docx).read())) as word:
        text = word.read("word/document.xml").decode()
    for part in (title.number, title.document_number, title.business.name, title.business_id, "不收取任何费用"):
        assert part in text


@pytest.mark.clause("附件三(四).c", "附件三(四).a")
def test_no_title_over_the_ceiling(bench: Bench) -> None:
    bench.campaign.ceiling = 1
    bench.campaign.save(update_fields=["ceiling"])
    case = bench.deciding()
    make_recognition(recognised_on=FIRST_DAY)
    with pytest.raises(Refusal, match="数量已满"):
        bench.recognised(case)
    assert fresh(case).state == "deciding"
    assert Recognition.objects.count() == 1
    assert not NumberSeries.objects.exists()
    Recognition.objects.update(ended_on=FIRST_DAY, end_kind="withdrawn")
    assert bench.recognised(case).number.endswith("〕1号")


def test_over_the_ceiling_nothing_ends(bench: Bench) -> None:
    """A base that shrank: no new ones, and those in force stay."""
    for _ in range(3):
        make_recognition(recognised_on=FIRST_DAY)
    bench.campaign.ceiling = 2
    bench.campaign.save(update_fields=["ceiling"])
    with pytest.raises(Refusal, match="必须比选"):
        bench.proposed(bench.case("reviewed"))
    assert Recognition.objects.unended().count() == 3


def test_a_double_click_is_one_title(bench: Bench) -> None:
    case = bench.deciding()
    title = bench.recognised(case)
    with pytest.raises(Refusal, match="已经办过"), clock.at(title.recognised_on):
        deciding.recognise(by=bench.approver, application=case, version=case.version, reason="再点一次")
    assert Recognition.objects.count() == 1
    assert Event.objects.filter(verb="recognition.recognise").count() == 1
    assert NumberSeries.objects.get(series="怀名特优新").last == 1


def test_one_title_a_business(bench: Bench) -> None:
    case = bench.deciding()
    make_recognition(business=case.business, recognised_on=datetime.date(2025, 9, 1))
    with pytest.raises(Refusal, match="已有在有效期内的认定"):
        bench.recognised(case)
    assert not NumberSeries.objects.exists()


@pytest.mark.parametrize("state", ["proposed", "noticed", "objected", "reviewed", "visiting"])
def test_only_from_where_the_table_says(bench: Bench, state: str) -> None:
    case = bench.case(state, decided_category=JUDGED, category_reason="有据")
    with pytest.raises(Refusal):
        deciding.recognise(by=bench.approver, application=case, version=case.version, reason="有据")


def test_a_case_forced_to_the_decision_still_needs_visit_and_notice(bench: Bench) -> None:
    """Even a row that no step led to `deciding` gets no title without a visit and a notice."""
    case = bench.case("deciding", decided_category=JUDGED, category_reason="有据")
    with pytest.raises(Refusal, match="走访记录"):
        deciding.recognise(by=bench.approver, application=case, version=case.version, reason="有据")
    other = bench.visited(bench.case("visiting"))
    Application.objects.filter(pk=other.pk).update(state="deciding", decided_category=JUDGED, category_reason="有据")
    other = fresh(other)
    with pytest.raises(Refusal, match="公示没有期满"):
        deciding.recognise(by=bench.approver, application=other, version=other.version, reason="有据")


@pytest.mark.clause("附件三(三)1.b")
def test_a_nominated_one_needs_no_visit_and_no_report(bench: Bench) -> None:
    case = bench.proposed(bench.case("reviewed", path="nomination"))
    notice = bench.noticed(case)
    with clock.at(notice.closes_on + DAY):
        noticing.close_notice(by=bench.clerk, notice=notice)
        case = fresh(case)
        title = deciding.recognise(by=bench.approver, application=case, version=case.version, reason="部门推荐")
        deciding.publish_titles(by=bench.approver, recognitions=[title])
        done = deciding.take_effect(by=bench.reviewer, application=fresh(case), version=fresh(case).version)
    assert done.state == "in_force"
    assert not done.is_open


def test_who_proposed_does_not_decide(bench: Bench) -> None:
    case = bench.deciding()
    for person in (bench.reviewer, bench.clerk, bench.outsider):
        with pytest.raises(Refusal, match="不能办理"), clock.at(case.notices.get().closes_on + DAY):
            deciding.recognise(by=person, application=case, version=case.version, reason="有据")


def test_declining_says_why(bench: Bench) -> None:
    case = bench.deciding()
    done = deciding.decline(by=bench.approver, application=case, version=case.version, reason="查实近期有处罚")
    assert done.state == "refused"
    assert Notice.objects.filter(body__contains="查实近期有处罚").exists()


def test_publishing_is_once_and_by_deciders(bench: Bench) -> None:
    title = bench.recognised()
    with pytest.raises(Refusal, match="审批人员"):
        deciding.publish_titles(by=bench.reviewer, recognitions=[title])
    (first,) = deciding.publish_titles(by=bench.approver, recognitions=[title])
    (again,) = deciding.publish_titles(by=bench.approver, recognitions=[title])
    assert first.published_at == again.published_at
    assert Event.objects.filter(verb="recognitions.publish_title").count() == 1
