"""A mail world on 127.0.0.1: IMAP, POP3 and SMTP servers, and the invented people who write and answer."""
