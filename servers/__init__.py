"""Incoming (IMAP, POP3) and outgoing (SMTP) servers: how we reach them, sign in, fetch and submit."""
