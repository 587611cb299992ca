"""What is typed to link an account."""

from typing import Any, Final

from django import forms

from identity.models import LinkRequest
from waddlebot.platforms import direct_message_platforms

TITLES: Final = {
    "twitch": "Twitch",
    "discord": "Discord",
    "slack": "Slack",
    "youtube": "YouTube",
    "kick": "Kick",
}
LONGEST_CODE: Final = 64
TYPED: Final = {
    "autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false",
}  # fmt: skip

Method = LinkRequest.Method


class LinkForm(forms.Form):
    """Which account is to be linked, and how it is proven."""

    platform = forms.ChoiceField(choices=list(TITLES.items()))
    username = forms.CharField(
        max_length=100,
        required=False,
        label="Your name there",
        help_text="May be left out. With it, the code is good for nobody else there.",
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        reachable = [title_of(slug) for slug in sorted(direct_message_platforms())]
        if not reachable:
            return
        private = f"Send me a code in a private message there ({', '.join(reachable)})"
        self.fields["method"] = forms.ChoiceField(
            label="How",
            widget=forms.RadioSelect,
            initial=Method.CHAT,
            choices=[(Method.CHAT, "Show me a code to type there"), (Method.DM, private)],
        )
        self.fields["username"].help_text += " A private message needs it."


class CodeForm(forms.Form):
    """A code that is typed back."""

    code = forms.CharField(
        max_length=LONGEST_CODE, label="The code", widget=forms.TextInput(TYPED)
    )


def title_of(platform: str) -> str:
    return TITLES.get(platform, platform)
