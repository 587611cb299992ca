"""What is typed to make an API key, and to put another in its place."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.core.signing import BadSignature, Signer

from identity.data import Scope
from identity.operations.credentials import ID_LENGTH
from waddlebot.lib.ids import random_base62

SCOPES: Final[Mapping[Scope, str]] = {
    Scope.EVENTS_WRITE: "bring in what happens in chat",
    Scope.RESPONSES_WRITE: "answer commands later",
    Scope.COORDINATION_WRITE: "share out channels among collectors, fetch their actions",
    Scope.ROUTER_READ: "see commands and what ran",
    Scope.ROUTER_MANAGE: "change commands, rules and chats",
    Scope.IDENTITY_READ: "see people, their accounts and your links",
    Scope.IDENTITY_VERIFY: "report codes that were typed in chat",
    Scope.IDENTITY_MANAGE: "change your account: links, keys, data",
    Scope.LABELS_READ: "see labels",
    Scope.LABELS_WRITE: "change labels and who has them",
    Scope.MARKETPLACE_READ: "see modules and what is installed",
    Scope.MARKETPLACE_MANAGE: "install and publish modules",
    Scope.BROWSER_WRITE: "show things on stream",
    Scope.BROWSER_MANAGE: "change overlays and their addresses",
    Scope.COMMUNITY_MANAGE: "change communities, roles, and read their log",
    Scope.ADMIN: "everything, everywhere",
}
STAFF_GIVE: Final = frozenset({Scope.ADMIN, Scope.IDENTITY_VERIFY})
LIVES: Final = ((7, "7 days"), (30, "30 days"), (90, "90 days"), (365, "365 days"))
OVERLAPS: Final = (
    (0, "The old key ends at once"),
    (3600, "The old key works for one hour more"),
    (86_400, "The old key works for 24 hours more"),
)

_signer: Final = Signer(salt="waddlebot.key-form", sep=".")


class KeyForm(forms.Form):
    """`once` is the id of the key to be made: a form sent twice makes one key."""

    once = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        max_length=100,
        help_text="What it is for, to know it again.",
        widget=forms.TextInput({"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(label="What it may do", widget=forms.CheckboxSelectMultiple)
    community = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        help_text="A key for one community does nothing elsewhere.",
    )
    days = forms.TypedChoiceField(label="Good for", coerce=int, choices=LIVES, initial=90)

    def __init__(
        self,
        *args: Any,
        user_id: int,
        is_staff: bool,
        places: Iterable[Mapping[str, Any]],
        **named: Any,
    ) -> None:
        super().__init__(*args, **named)
        self.user_id = user_id
        self.fields["once"].initial = _signer.sign(f"{user_id}.{random_base62(ID_LENGTH)}")
        self._choose("scopes", [
            (str(scope), f"{scope}: {words}")
            for scope, words in SCOPES.items()
            if is_staff or scope not in STAFF_GIVE
        ])  # fmt: skip
        every = [("", "All of mine")]
        self._choose("community", every + [(str(each["id"]), each["name"]) for each in places])

    def _choose(self, field: str, choices: list[tuple[str, str]]) -> None:
        chosen: Any = self.fields[field]
        chosen.choices = choices

    def clean_once(self) -> str:
        """Return the id the key is to have."""
        try:
            user_id, _, key_id = _signer.unsign(self.cleaned_data["once"]).partition(".")
        except BadSignature:
            user_id = key_id = ""
        if user_id != str(self.user_id):
            # A hidden field has no place to show what is wrong with it.
            self.add_error(None, "This form is not yours. Open it again.")
        return key_id


class RotationForm(forms.Form):
    overlap_s = forms.TypedChoiceField(
        label="Until when", coerce=int, choices=OVERLAPS, initial=3600, widget=forms.RadioSelect
    )
