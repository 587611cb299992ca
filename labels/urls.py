from django.urls import path

from labels.views.labels import ImpactView, LabelsView, LabelView

app_name = "labels"
urlpatterns = [
    path("v1/labels", LabelsView.as_view()),
    path("v1/labels/<int:label_id>", LabelView.as_view()),
    path("v1/labels/<int:label_id>/impact", ImpactView.as_view()),
]
