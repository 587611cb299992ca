from django.urls import path
from django.views.generic import RedirectView

from portal import views
from portal.views import connections

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("communities/<str:community>/connections", connections.connections, name="connections"),
    path("connections/<slug:platform>/callback", connections.came_back, name="came-back"),
    # One door for passwords, with its limits and second factors.
    path(
        "sign-in",
        RedirectView.as_view(pattern_name="account_login", query_string=True),
        name="sign-in",
    ),
    path("sign-in/<str:token>", views.sign_in_by_link, name="sign-in-by-link"),
    path("sign-out", views.sign_out, name="sign-out"),
]
