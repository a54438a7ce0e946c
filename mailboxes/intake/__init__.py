"""What a mailbox does not take in: discard filters, limits on attachments, where rejected mail goes (SPEC M23, M24).

`matching`, `file_types`, `signatures` and `refusing` decide and touch nothing else; `discarding` and
`attachment_limits` bring them the settings of a mailbox.
"""
