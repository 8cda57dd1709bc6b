from django.urls import path

from jieti.web.proprietor import access_log, corrections, mandates, views

app_name = "proprietor"
urlpatterns = [
    path("", views.mine, name="list"),
    path("<str:uscc>/", views.business, name="business"),
    path("<str:uscc>/corrections/", corrections.index, name="corrections"),
    path("<str:uscc>/corrections/new/", corrections.new, name="correction-new"),
    path("<str:uscc>/corrections/<int:pk>/withdraw/", corrections.withdraw, name="correction-withdraw"),
    path("<str:uscc>/mandates/", mandates.index, name="mandates"),
    path("<str:uscc>/mandates/<int:pk>/revoke/", mandates.revoke, name="mandate-revoke"),
    path("<str:uscc>/access-log/", access_log.index, name="access-log"),
    path("<str:uscc>/access-log.xlsx", access_log.index_xlsx, name="access-log-xlsx"),
]
