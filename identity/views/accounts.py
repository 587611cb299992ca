"""Pages of one's own account that allauth does not have."""

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.adapter import get_adapter as sessions_adapter
from allauth.usersessions.models import UserSession
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from waddlebot.lib.errors import NotFoundError


@require_GET
@login_required
def home(request: HttpRequest) -> HttpResponse:
    mine = {"user_id": request.user.pk}
    facts = {
        "email": EmailAddress.objects.filter(**mine, primary=True).first(),
        "providers": SocialAccount.objects.filter(**mine).count(),
        "second_factors": Authenticator.objects.filter(**mine)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .count(),
        "sessions": UserSession.objects.filter(**mine).count(),
    }
    return render(request, "account/home.html", facts)


@require_POST
@login_required
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    found = UserSession.objects.filter(pk=session, user_id=request.user.pk).first()
    if found is None:
        raise NotFoundError
    sessions_adapter().end_sessions([found])
    return redirect("usersessions_list")


@require_POST
@login_required
def end_all_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    sessions_adapter().end_sessions(UserSession.objects.filter(user_id=request.user.pk))
    account_adapter().logout(request)
    return redirect("account_login")
