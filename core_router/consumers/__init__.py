"""Collectors that wait for actions, on the overlay origin."""

from core_router.consumers.actions import ROUTES

__all__ = ["ROUTES"]
