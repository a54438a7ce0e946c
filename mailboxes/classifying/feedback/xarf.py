"""Reports in X-ARF, the form of the abuse desks: a part in YAML or JSON beside the mail."""

import re

from mailboxes.classifying.feedback.complaint import ABUSE, complaint
from mailboxes.classifying.feedback.fields import Fields, read_report
from mailboxes.classifying.inspected import Inspected
from mailboxes.classifying.kinds import Classification

_PARTS = ("text/yaml", "text/x-yaml", "application/yaml", "application/x-yaml", "application/json", "text/plain")
# What is no complaint about mail keeps its own name.
_MAIL_TYPES = frozenset({"spam", "spamvertized", "abuse", "mail", "email", "spamreport", "unsolicited"})


def xarf(inspected: Inspected) -> Classification | None:
    """Look for the field in the header, and for the part that names the kind of abuse."""
    if not any(_YES.match(inspected.first(name).strip()) for name in ("x-arf", "x-xarf")):
        return None
    for octets in (*inspected.part_octets(*_PARTS), inspected.text.encode()):
        report_type = _report_type(octets)
        if report_type:
            fields: Fields = {"feedback-type": [ABUSE if report_type in _MAIL_TYPES else report_type]}
            return complaint(inspected, fields, rule="feedback.xarf", evidence=f"Report-Type: {report_type}")
    return None


def _report_type(octets: bytes) -> str:
    fields = read_report(octets)
    told = fields.get("report-type") or fields.get("category")
    if told:
        return told[0].strip("\"' ").lower()[:40]
    match = _JSON_TYPE.search(octets)
    return match[1].decode("ascii").lower() if match else ""


_YES = re.compile(r"yes|true|plain|secure|bulk", re.IGNORECASE)
_JSON_TYPE = re.compile(rb'"(?:ReportType|ReportSubType|type|category)"\s{0,10}:\s{0,10}"([A-Za-z-]{3,40})"')
