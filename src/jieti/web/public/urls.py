from django.urls import path
from django.views.generic import TemplateView

from jieti.web.public import entrance, integrity, views

app_name = "public"
urlpatterns = [
    path("", views.search, name="search"),
    path("directory.xlsx", views.search_xlsx, name="search-xlsx"),
    path("business/<str:uscc>/", views.business, name="business"),
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
