"""What is typed before an account is given up."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class ErasureForm(forms.Form):
    username = forms.CharField(
        label="The name you sign in with",
        help_text="Typed to be sure that it is this account.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, username: str, **named: Any) -> None:
        super().__init__(*args, **named)
        self.wanted = username

    def clean_username(self) -> str:
        typed = str(self.cleaned_data["username"]).strip()
        if typed.lower() != self.wanted.lower():
            raise ValidationError("That is not the name of this account.")
        return typed
