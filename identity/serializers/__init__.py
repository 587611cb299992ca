"""Shapes of identity's REST input and output."""

from identity.serializers.audit import AuditOutput
from identity.serializers.communities import (
    CommunityChange,
    CommunityInput,
    CommunityOutput,
    MemberOutput,
    RoleInput,
)
from identity.serializers.keys import KeyInput, KeyOutput, KeyRotation, NewKeyOutput
from identity.serializers.links import (
    CodeInput,
    LinkInput,
    LinkOutput,
    NewLinkOutput,
    TypedCodeInput,
    TypedCodeOutput,
)
from identity.serializers.people import (
    AccountOutput,
    MeOutput,
    PersonOutput,
    PlaceOutput,
    UserOutput,
)

__all__ = [
    "AccountOutput",
    "AuditOutput",
    "CodeInput",
    "CommunityChange",
    "CommunityInput",
    "CommunityOutput",
    "KeyInput",
    "KeyOutput",
    "KeyRotation",
    "LinkInput",
    "LinkOutput",
    "MeOutput",
    "MemberOutput",
    "NewKeyOutput",
    "NewLinkOutput",
    "PersonOutput",
    "PlaceOutput",
    "RoleInput",
    "TypedCodeInput",
    "TypedCodeOutput",
    "UserOutput",
]
