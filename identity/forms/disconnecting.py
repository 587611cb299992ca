"""Disconnecting a platform by our own rule: allauth's would ask for a password in any case."""

from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.internal.flows import reauthentication
from allauth.headless.internal.restkit.inputs import Input
from allauth.headless.socialaccount.inputs import DeleteProviderAccountInput
from allauth.socialaccount import forms as allauth_forms
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.signals import social_account_removed
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest


@transaction.atomic
def disconnect(request: HttpRequest, account: SocialAccount) -> None:
    """As allauth does it, though the provider may not be set up here any more.

    Whoever hears of it refuses when it was the last way in, and all of it is undone.
    """
    reauthentication.raise_if_reauthentication_required(request, app="allauth.socialaccount")
    account.delete()
    social_account_removed.send(sender=SocialAccount, request=request, socialaccount=account)
    facts = {"account": account, "provider": {"name": account.provider.title()}}
    account_adapter().send_notification_mail(
        "socialaccount/email/account_disconnected", request.user, context=facts
    )


class DisconnectForm(allauth_forms.DisconnectForm):
    def clean(self) -> Any:
        return forms.Form.clean(self)

    def save(self) -> None:
        disconnect(self.request, self.cleaned_data["account"])


class DisconnectInput(DeleteProviderAccountInput):
    def clean(self) -> Any:
        data = Input.clean(self) or self.cleaned_data
        named = {"provider": data.get("provider"), "uid": data.get("account")}
        account = SocialAccount.objects.filter(user=self.user, **named).first()
        if account is None:
            raise ValidationError("Unknown account.", code="account_not_found")
        return data | {"account": account}
