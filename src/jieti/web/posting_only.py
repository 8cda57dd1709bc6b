"""What somebody reads who opens an address that only takes what a page's button sends."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse

from jieti.kit.errors import Refusal
from jieti.web.access import READING


def middleware(answer: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Gives an empty 405 to a reader its words and a way back; any other answer is left as it is."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        is_bare = isinstance(response, HttpResponseNotAllowed) and not response.content
        return _explained(request, response) if is_bare and request.method in READING else response

    return answered


def page_above(path: str) -> str:
    """The nearest address above that is one of the site's; else the first page."""
    parts = path.strip("/").split("/")
    for length in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:length])}/"
        try:
            resolve(above)
        except Resolver404:
            continue
        return above
    return reverse("public:home")


def _explained(request: HttpRequest, response: HttpResponseBase) -> HttpResponse:
    refusal = Refusal(
        "这个地址不能直接打开，没有办理任何事项。",
        what_to_do="请回到原来的页面，核对后再点按钮。刚才提交时被要求登录的，提交没有成功，请重新填写。",
    )
    context = {"title": "请回到原来的页面办理", "refusal": refusal, "back": page_above(request.path_info)}
    page = render(request, "refused.html", context, status=response.status_code)
    page.headers["Allow"] = response.headers["Allow"]
    return page
