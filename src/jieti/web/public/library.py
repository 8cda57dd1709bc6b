"""The policy library in plain words: documents, criteria with examples, exemptions, questions and terms."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.dashboards.library import IDENTITY, PlainCriterion, library_of
from jieti.kit.tables import xlsx_response


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The documents with their seven fields, and the ways into the library."""
    return render(request, "public/library.html", {"documents": library_of().documents})


@require_safe
def index_xlsx(_request: HttpRequest) -> FileResponse:
    """The documents as a table."""
    rows = [
        [one.title, *(value for _, value in one.identity), "；".join(one.parents)] for one in library_of().documents
    ]
    return xlsx_response("政策文件.xlsx", ["名称", *IDENTITY.values(), "上位文件"], rows)


@require_safe
def criteria(request: HttpRequest) -> HttpResponse:
    """Every criterion with a plain sentence and an example."""
    groups: dict[str, list[PlainCriterion]] = {}
    for one in library_of().criteria:
        groups.setdefault(one.standard, []).append(one)
    return render(request, "public/library_criteria.html", {"groups": list(groups.items())})


@require_safe
def criteria_xlsx(_request: HttpRequest) -> FileResponse:
    """The same as a table."""
    rows = [[one.standard, one.label, one.sentence, one.example, one.clause] for one in library_of().criteria]
    return xlsx_response("条件和例子.xlsx", ["标准", "条件", "说明", "例子", "依据"], rows)


@require_safe
def exemptions(request: HttpRequest) -> HttpResponse:
    """轻微免罚 and 首违不罚: what the law asks for, and the lists that departments have published."""
    return render(request, "public/library_exemptions.html", {"exemptions": library_of().exemptions})


@require_safe
def exemptions_xlsx(_request: HttpRequest) -> FileResponse:
    """The published lists as a table; a kind without a list has one line with its condition."""
    rows: list[list[object]] = []
    for one in library_of().exemptions:
        rows.append([one.title, "（法律规定）", "", one.condition, one.law, ""])
        for listed in one.lists:
            where = f"{listed['document']}（{listed['published_on']}）"
            rows += [
                [one.title, listed["name"], item["matter"], item["condition"], item["basis"], where]
                for item in listed["matters"]
            ]
    return xlsx_response("轻微免罚和首违不罚.xlsx", ["种类", "部门", "事项", "条件", "依据", "清单"], rows)


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """Frequent questions, and what the words mean."""
    found = library_of()
    return render(request, "public/library_questions.html", {"questions": found.questions, "terms": found.terms})


@require_safe
def questions_xlsx(_request: HttpRequest) -> FileResponse:
    """The same as a table."""
    found = library_of()
    rows = [["常见问题", one["question"], one["answer"], one["clause"]] for one in found.questions]
    rows += [["名词解释", one["term"], one["meaning"], one["clause"]] for one in found.terms]
    return xlsx_response("常见问题和名词解释.xlsx", ["种类", "问题或者名词", "回答或者含义", "依据"], rows)
