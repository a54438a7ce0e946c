"""Complaints of recipients, as their providers report them (RFC 5965)."""

from mailboxes.classifying.rules import Rule

RULES: tuple[Rule, ...] = ()
