"""Complaints of recipients, as their providers report them (RFC 5965).

Every report in the form of RFC 5965 is one of this kind, whatever its type; nobody complained by one on a failed
authentication (RFC 6591) or with the type not-spam, so those name no recipients. Aggregate reports of DMARC
(RFC 7489 §7.2) are mail of programs like any other: they report on no single mail.
"""

from mailboxes.classifying.feedback.hotmail import hotmail
from mailboxes.classifying.feedback.opened import opened
from mailboxes.classifying.feedback.pasted import pasted
from mailboxes.classifying.feedback.spamcop import spamcop
from mailboxes.classifying.feedback.standard import standard
from mailboxes.classifying.feedback.titled import titled
from mailboxes.classifying.feedback.xarf import xarf
from mailboxes.classifying.rules import Rule

RULES: tuple[Rule, ...] = (standard, pasted, hotmail, spamcop, xarf, titled, opened)
