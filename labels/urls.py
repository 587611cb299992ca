from django.urls import path

from labels.views import rule_runs, rules
from labels.views.assignments import AssignmentsView, RemovalsView
from labels.views.checks import CheckView
from labels.views.groups import GroupsView, GroupView
from labels.views.imports import ImportView
from labels.views.jobs import CancelView, JobsView, JobView, ResultView, RetryView
from labels.views.labels import ImpactView, LabelsView, LabelView
from labels.views.matrix import MatrixView, PermissionsView
from labels.views.members import LeaversView, MembersView, MemberView
from labels.views.review import ReviewView
from labels.views.role_grants import RoleGrantsView, RolePreviewView, RoleSyncView
from labels.views.role_rules import RoleRulesView, RoleRuleView
from labels.views.search import SearchView
from labels.views.settings import SettingsView
from labels.views.spells import HoldersView, ObjectHistoryView, ObjectLabelsView

RULES = "v1/entity-groups/<int:group_id>/role-rules"

app_name = "labels"
urlpatterns = [
    path("v1/labels", LabelsView.as_view()),
    path("v1/labels/<int:label_id>", LabelView.as_view()),
    path("v1/labels/<int:label_id>/impact", ImpactView.as_view()),
    path("v1/labels/<int:label_id>/holders", HoldersView.as_view()),
    path("v1/objects/<str:kind>/<str:object_id>/labels", ObjectLabelsView.as_view()),
    path("v1/objects/<str:kind>/<str:object_id>/history", ObjectHistoryView.as_view()),
    path("v1/entity-groups", GroupsView.as_view()),
    path("v1/entity-groups/<int:group_id>", GroupView.as_view()),
    path("v1/entity-groups/<int:group_id>/members", MembersView.as_view()),
    path("v1/entity-groups/<int:group_id>/members/remove", LeaversView.as_view()),
    path("v1/entity-groups/<int:group_id>/members/<str:user>", MemberView.as_view()),
    path("v1/assignments", AssignmentsView.as_view()),
    path("v1/assignments/remove", RemovalsView.as_view()),
    path("v1/check", CheckView.as_view()),
    path("v1/matrix", MatrixView.as_view()),
    path("v1/permissions", PermissionsView.as_view()),
    path("v1/settings", SettingsView.as_view()),
    path("v1/search", SearchView.as_view()),
    path("v1/review", ReviewView.as_view()),
    path("v1/rules", rules.RulesView.as_view()),
    path("v1/rules/facts", rules.FactsView.as_view()),
    path("v1/rules/preview", rule_runs.TriedRuleView.as_view()),
    path("v1/rules/<int:rule_id>", rules.RuleView.as_view()),
    path("v1/rules/<int:rule_id>/preview", rule_runs.RulePreviewView.as_view()),
    path("v1/rules/<int:rule_id>/run", rule_runs.RuleRunView.as_view()),
    path("v1/rules/<int:rule_id>/runs", rule_runs.RuleRunsView.as_view()),
    path(RULES, RoleRulesView.as_view()),
    path(f"{RULES}/preview", RolePreviewView.as_view()),
    path(f"{RULES}/<int:rule_id>", RoleRuleView.as_view()),
    path(f"{RULES}/<int:rule_id>/sync", RoleSyncView.as_view()),
    path(f"{RULES}/<int:rule_id>/grants", RoleGrantsView.as_view()),
    path("v1/assignments/import", ImportView.as_view()),
    path("v1/jobs", JobsView.as_view()),
    path("v1/jobs/<str:job>", JobView.as_view(), name="job"),
    path("v1/jobs/<str:job>/cancel", CancelView.as_view()),
    path("v1/jobs/<str:job>/result", ResultView.as_view()),
    path("v1/jobs/<str:job>/retry", RetryView.as_view()),
]
