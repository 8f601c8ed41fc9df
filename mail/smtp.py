"""SMTP (RFC 5321): connecting to the mail server, building messages, and classifying the errors of the server."""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ssl import SSLError

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
)

from connection_urls import ConnectionUrl
from models import emails
from storage.sealing import SealedError

DEFAULT_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
# enhanced status code (RFC 3463): the only part of a response that cannot hold an e-mail address
_ENHANCED_STATUS_CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")


@dataclass(frozen=True)
class MailServer:
    """The mail server that mails are sent through, and the sender that mails are from."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None
    sender: Address
    timeout_seconds: float

    @classmethod
    def from_url(cls, url: str, sender: str, timeout_seconds: float) -> "MailServer":
        """Parse MAIL_URL and MAIL_FROM. Raise a ValueError that never holds the password."""
        parts = ConnectionUrl.parse(url)
        if parts.scheme not in DEFAULT_PORTS or not parts.host:
            raise ValueError("MAIL_URL must be smtp://, smtp+starttls:// or smtps:// and a host")
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        login = parts.user or None, parts.password or None
        return cls(parts.scheme, parts.host, port, *login, _parse_sender(sender), timeout_seconds)

    async def connect(self) -> SMTP:
        """Connect, encrypt and log in. Errors are described by `failure_reason`."""
        smtp = SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.scheme == "smtps",
            start_tls=self.scheme == "smtp+starttls",
            local_hostname=self.sender.domain,  # otherwise aiosmtplib asks DNS for the name of this host
            timeout=self.timeout_seconds,
        )
        await smtp.connect()
        return smtp

    def build_message(self, message_id: str, email: str, subject: str, text: str, at: datetime) -> EmailMessage:
        """Build a mail to a parsed e-mail, marked as automatic (RFC 3834), so that no auto-responder answers.

        EmailMessage refuses line breaks in headers, so a subject or an e-mail address cannot inject a header.
        """
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = _address(email)
        message["Subject"] = subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{message_id}@{self.sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


def _parse_sender(text: str) -> Address:
    name, email = parseaddr(text)
    local, _, domain = email.rpartition("@")
    if not local or not domain:
        raise ValueError("MAIL_FROM must hold an address: Name <address>")
    return Address(name, local, emails.ascii_domain(domain))


def _address(email: str) -> Address:
    """Return a parsed e-mail as the only address of a header; the parts are not read again."""
    local, _, domain = email.rpartition("@")
    return Address(username=local, domain=domain)


async def disconnect(smtp: SMTP) -> None:
    """Send QUIT if the server still answers, and close the connection."""
    with suppress(SMTPException, OSError, TimeoutError):
        await smtp.quit()
    smtp.close()


def failure_reason(error: Exception) -> str:
    """Describe why a mail was not sent, without the server's text: a server may repeat the refused e-mail address."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        status = _ENHANCED_STATUS_CODE.match(error.message)
        return f"{error.code} {status[0]}" if status else str(error.code)
    if isinstance(error, SSLError) or isinstance(error.__cause__, SSLError):
        return "the mail server does not encrypt, or its certificate is not good"
    if type(error) is SMTPException:
        return "the mail server can't do what MAIL_URL asks for"
    if isinstance(error, TimeoutError):
        return "the mail server took too long"
    if isinstance(error, OSError):
        return "the mail server can't be reached, or hung up"
    return type(error).__name__


def is_permanent(error: Exception) -> bool:
    """Return True if this mail can never be sent.

    A refused sender or password is not permanent: the operator can correct the settings.
    """
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    refused = isinstance(error, SMTPRecipientRefused | SMTPDataError) and error.code >= 500
    return refused or isinstance(error, SMTPNotSupported | SealedError | ValueError)


def is_connection_usable(error: Exception) -> bool:
    """Return True if other mails can be sent over the connection after this error."""
    return not isinstance(error, OSError | TimeoutError | SMTPServerDisconnected)
