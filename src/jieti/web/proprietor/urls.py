from django.urls import path

from jieti.web.proprietor import access_log, corrections, mandates, notices, objections, receipts, views

app_name = "proprietor"
urlpatterns = [
    path("", views.mine, name="list"),
    path("notices/", notices.index, name="notices"),
    path("notices.xlsx", notices.index_xlsx, name="notices-xlsx"),
    path("<str:uscc>/", views.business, name="business"),
    path("<str:uscc>/proof.json", receipts.proof, name="proof"),
    path("<str:uscc>/corrections/", corrections.index, name="corrections"),
    path("<str:uscc>/corrections/new/", corrections.new, name="correction-new"),
    path("<str:uscc>/corrections/<int:pk>/withdraw/", corrections.withdraw, name="correction-withdraw"),
    path("<str:uscc>/objections/", objections.index, name="objections"),
    path("<str:uscc>/objections/new/", objections.new, name="objection-new"),
    path("<str:uscc>/objections/new/claim/", objections.claim, name="objection-claim"),
    path("<str:uscc>/objections/new/check/", objections.check, name="objection-check"),
    path("<str:uscc>/objections/new/files/<str:sha256>/forget/", objections.forget_file, name="objection-forget"),
    path("<str:uscc>/objections/<int:pk>/", objections.detail, name="objection"),
    path("<str:uscc>/objections/<int:pk>/supply/", objections.supply, name="objection-supply"),
    path("<str:uscc>/objections/<int:pk>/withdraw/", objections.take_back, name="objection-withdraw"),
    path("<str:uscc>/objections/<int:pk>/files/<int:number>/", objections.file, name="objection-file"),
    path("<str:uscc>/objections/<int:pk>/letter.pdf", objections.letter, name="objection-letter"),
    path("<str:uscc>/mandates/", mandates.index, name="mandates"),
    path("<str:uscc>/mandates/<int:pk>/revoke/", mandates.revoke, name="mandate-revoke"),
    path("<str:uscc>/access-log/", access_log.index, name="access-log"),
    path("<str:uscc>/access-log.xlsx", access_log.index_xlsx, name="access-log-xlsx"),
]
