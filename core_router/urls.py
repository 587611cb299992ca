from django.urls import URLPattern, URLResolver, path

from core_router.views import (
    commands,
    coordination,
    deliveries,
    entities,
    events,
    hooks,
    limits,
    outgoing,
    responses,
    rules,
    sent,
    usage,
)

app_name = "core_router"
community = "v1/communities/<str:community>"
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/events", events.EventView.as_view()),
    path("v1/events/batch", events.BatchView.as_view()),
    path("v1/events/<path:event_id>", events.QueuedEventView.as_view()),
    path("v1/responses", responses.ResponsesView.as_view()),
    path("v1/coordination/claim", coordination.ClaimView.as_view()),
    path("v1/coordination/heartbeat", coordination.HeartbeatView.as_view()),
    path("v1/coordination/release", coordination.ReleaseView.as_view()),
    path("v1/coordination/stats", coordination.StatisticsView.as_view()),
    path("v1/entities/<path:entity>/actions/ack", outgoing.AcknowledgeView.as_view()),
    path("v1/entities/<path:entity>/actions", outgoing.ActionsView.as_view()),
    path(f"{community}/commands", commands.CommandsView.as_view()),
    path(f"{community}/commands/<int:command_id>", commands.CommandView.as_view()),
    path(f"{community}/commands/<int:command_id>/rotate-secret", commands.SecretView.as_view()),
    path(f"{community}/event-hooks", hooks.HooksView.as_view()),
    path(f"{community}/event-hooks/<int:hook_id>", hooks.HookView.as_view()),
    path(f"{community}/event-hooks/<int:hook_id>/rotate-secret", hooks.HookSecretView.as_view()),
    path(f"{community}/event-hooks/<int:hook_id>/deliveries", deliveries.DeliveriesView.as_view()),
    path(f"{community}/event-hooks/<int:hook_id>/replay", deliveries.ReplayAllView.as_view()),
    path(f"{community}/deliveries/<str:delivery_id>/replay", deliveries.ReplayView.as_view()),
    path(f"{community}/rules", rules.RulesView.as_view()),
    path(f"{community}/rules/test", rules.RuleTestView.as_view()),
    path(f"{community}/rules/<int:rule_id>", rules.RuleView.as_view()),
    path(f"{community}/limits", limits.LimitsView.as_view()),
    path(f"{community}/limits/<int:limit_id>", limits.LimitView.as_view()),
    path(f"{community}/sent-actions", sent.SentActionsView.as_view()),
    path(f"{community}/sent-actions/<int:action_id>/undo", sent.UndoView.as_view()),
    path(f"{community}/usage", usage.UsageView.as_view()),
    path(f"{community}/executions", usage.ExecutionsView.as_view()),
    path(f"{community}/entities", entities.EntitiesView.as_view()),
    # A server's id may hold a slash.
    path(f"{community}/entities/<path:entity>", entities.EntityView.as_view()),
]
