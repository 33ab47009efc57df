"""Tiny models for the tests of this room."""

from tests.models import folder_of, one_thread

__all__ = ["folder_of", "one_thread"]
