from django.urls import path
from django.views.generic import TemplateView

from jieti.web.public import directory, entrance, integrity, publications, reports, views

app_name = "public"
urlpatterns = [
    path("", directory.search, name="search"),
    path("directory.xlsx", directory.search_xlsx, name="search-xlsx"),
    path("business/<str:uscc>/", directory.business, name="business"),
    path("business/<str:uscc>/proof.json", directory.proof, name="proof"),
    path("business/<str:uscc>/code.svg", directory.code_picture, name="code-picture"),
    path("report/received/", reports.received, name="report-received"),
    path("report/<str:uscc>/", reports.new, name="report"),
    path("publications/", publications.index, name="publications"),
    path("publications.xlsx", publications.index_xlsx, name="publications-xlsx"),
    path("publications/<str:code>/<int:number>.<slug:form>", publications.download, name="publication"),
    path("open-data/", publications.data, name="open-data"),
    path("open-data/dictionary.xlsx", publications.dictionary_xlsx, name="data-dictionary"),
    path("standards/", views.standards, name="standards"),
    path("standards.xlsx", views.standards_xlsx, name="standards-xlsx"),
    path("measures/", views.measures, name="measures"),
    path("measures.xlsx", views.measures_xlsx, name="measures-xlsx"),
    path("integrity/", integrity.index, name="integrity"),
    path("integrity.xlsx", integrity.index_xlsx, name="integrity-xlsx"),
    path("integrity.json", integrity.index_json, name="integrity-json"),
    path("accessibility/", TemplateView.as_view(template_name="public/accessibility.html"), name="accessibility"),
    path("robots.txt", views.robots, name="robots"),
    path("display/<slug:mode>/", views.display, name="display"),
    path("login/", entrance.Login.as_view(), name="login"),
    path("logout/", entrance.Logout.as_view(), name="logout"),
    path("home/", entrance.home, name="home"),
]
