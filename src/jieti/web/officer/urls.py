from django.urls import path

from jieti.web.officer import businesses, deliveries, home, norms, runs

app_name = "officer"
urlpatterns = [
    path("", home.home, name="home"),
    path("deliveries/", deliveries.index, name="deliveries"),
    path("deliveries.xlsx", deliveries.index_xlsx, name="deliveries-xlsx"),
    path("deliveries/new/", deliveries.new, name="delivery-new"),
    path("deliveries/<int:pk>/", deliveries.detail, name="delivery"),
    path("deliveries/<int:pk>/refused.xlsx", deliveries.refused_xlsx, name="delivery-refused"),
    path("norms/", norms.index, name="norms"),
    path("norms/new/", norms.new, name="norm-new"),
    path("norms/<int:pk>/", norms.detail, name="norm"),
    path("norms.xlsx", norms.index_xlsx, name="norms-xlsx"),
    path("runs/", runs.index, name="runs"),
    path("runs/new/", runs.new, name="run-new"),
    path("runs/<int:pk>/retry/", runs.retry, name="run-retry"),
    path("runs.xlsx", runs.index_xlsx, name="runs-xlsx"),
    path("runs/<int:pk>/", runs.detail, name="run"),
    path("runs/<int:pk>/progress/", runs.progress, name="run-progress"),
    path("runs/<int:pk>/counts.xlsx", runs.counts_xlsx, name="run-counts"),
    path("runs/<int:pk>/publish/", runs.publish, name="run-publish"),
    path("runs/<int:pk>/results/", runs.results, name="run-results"),
    path("runs/<int:pk>/results.xlsx", runs.results_xlsx, name="run-results-xlsx"),
    path("businesses/", businesses.search, name="businesses"),
    path("businesses/<str:uscc>/", businesses.detail, name="business"),
]
