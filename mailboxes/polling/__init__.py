"""Fetching: lists what is new on an incoming server, stores it, and only then removes it from there."""

from mailboxes.polling.polls import poll

__all__ = ["poll"]
