"""Version 1 of the HTTP interface, described by OpenAPI 3.1 at `openapi.json`."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from jieti.api import deliveries, directory, register
from jieti.api.schemas import Problem
from jieti.kit.errors import Refusal

FIRST_REFUSAL = 400
PROBLEM = "application/problem+json"


class Interface(NinjaAPI):
    """Describes refusals as what they are sent as: problems of RFC 9457."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The description in OpenAPI 3.1."""
        described = super().get_openapi_schema(**options)
        for operations in described["paths"].values():
            for operation in operations.values():
                for status, answer in operation["responses"].items():
                    if int(status) >= FIRST_REFUSAL:
                        answer["content"] = {PROBLEM: answer["content"]["application/json"]}
        return described


api = Interface(
    title="个体工商户分型分类服务平台接口",
    version="1.0",
    description="名录查询不需要密钥；送数和查询名册使用本单位的密钥（Authorization: Bearer …）。",
    docs_url=None,
)
api.add_router("/directory", directory.router)
api.add_router("/register", register.router)
api.add_router("", deliveries.router)


def _answer(request: HttpRequest, status: int, title: str, detail: str = "") -> HttpResponse:
    response = api.create_response(request, Problem(status=status, title=title, detail=detail), status=status)
    response["Content-Type"] = PROBLEM
    return response


@api.exception_handler(Refusal)
def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """What the product refuses, with what to do next."""
    return _answer(request, 409, refusal.message, refusal.what_to_do)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A request that does not fit the description."""
    faults = ("{}: {}".format(".".join(str(part) for part in one["loc"]), one["msg"]) for one in error.errors)
    return _answer(request, 422, "请求不符合接口说明。", "；".join(faults))


@api.exception_handler(AuthenticationError)
def unknown_key(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """No key, or none that is in force."""
    return _answer(request, 401, "没有可用的密钥。", "请向本单位管理员申请密钥，放在 Authorization: Bearer 之后。")


@api.exception_handler(Http404)
def missing(request: HttpRequest, _error: Http404) -> HttpResponse:
    """Nothing of the kind within the key's reach."""
    return _answer(request, 404, "没有找到。", "请核对代码；不属于本单位的内容查不到。")


@api.exception_handler(HttpError)
def failed(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A refusal with a status of its own."""
    return _answer(request, error.status_code, str(error))


urlpatterns = [path("v1/", api.urls)]
