"""Composing mails, and sending them to a mail server by SMTP."""
