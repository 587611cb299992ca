"""What allauth would show staff: secrets, and rows whose change the AAA log would not know."""

from allauth.account import admin as account
from allauth.mfa import admin as mfa
from allauth.socialaccount import admin as social
from allauth.usersessions import admin as sessions
from django.contrib import admin

# Importing allauth's modules registered them; taken back here, they stay so.
for model in (
    account.EmailAddress,
    account.EmailConfirmation,
    mfa.Authenticator,
    social.SocialAccount,
    social.SocialApp,
    social.SocialToken,
    sessions.UserSession,
):
    if admin.site.is_registered(model):
        admin.site.unregister(model)
