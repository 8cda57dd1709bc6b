from django.urls import path

from jieti.web.proprietor import views

app_name = "proprietor"
urlpatterns = [
    path("", views.mine, name="list"),
    path("<str:uscc>/", views.business, name="business"),
]
