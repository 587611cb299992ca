"""Disconnecting a platform by our own rule: allauth's would ask for a password in any case."""

from typing import Any

from allauth.headless.internal.restkit.inputs import Input
from allauth.headless.socialaccount.inputs import DeleteProviderAccountInput
from allauth.socialaccount import forms as allauth_forms
from allauth.socialaccount.models import SocialAccount
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction


class DisconnectForm(allauth_forms.DisconnectForm):
    def clean(self) -> Any:
        return forms.Form.clean(self)

    def save(self) -> None:
        # Whoever hears of it refuses when it was the last way in, and all of it is undone.
        with transaction.atomic():
            super().save()


class DisconnectInput(DeleteProviderAccountInput):
    def clean(self) -> Any:
        data = Input.clean(self) or self.cleaned_data
        named = {"provider": data.get("provider"), "uid": data.get("account")}
        account = SocialAccount.objects.filter(user=self.user, **named).first()
        if account is None:
            raise ValidationError("Unknown account.", code="account_not_found")
        return data | {"account": account}
