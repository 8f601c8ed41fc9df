"""How a mail travels: one server by SMTP (RFC 5321), one connection for many mails, and what its refusals mean."""

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from ssl import SSLError
from urllib.parse import unquote, urlsplit

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

from storage.sealing import SealedError

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?!\S)")  # RFC 3463; all of an answer that names nobody


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed over, and whom they are from."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None
    sender: Address
    seconds: float

    @classmethod
    def of(cls, url: str, sender: str, seconds: float) -> "MailServer":
        """A ValueError says what can't be read, without the password."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            raise ValueError("MAIL_URL must be smtp://, smtp+starttls:// or smtps:// and a host")
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        port = parts.port or PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port, user, password, _sender(sender), seconds)

    async def connect(self) -> SMTP:
        """Raises what `reason` can tell if the server can't be reached or does not want us."""
        smtp = SMTP(
            hostname=self.host,
            port=self.port,
            username=self.user,
            password=self.password,
            use_tls=self.scheme == "smtps",
            start_tls=self.scheme == "smtp+starttls",
            local_hostname=self.sender.domain,  # else it is looked up
            timeout=self.seconds,
        )
        await smtp.connect()
        return smtp

    def message(self, name: str, address: str, subject: str, text: str, at: datetime) -> EmailMessage:
        """A mail that no other program answers by itself (RFC 3834). No line break can get into a header."""
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = mailbox(address)
        message["Subject"] = subject
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{name}@{self.sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise ValueError("MAIL_FROM must hold an address: Name <address>")
    return Address(name, local, domain.encode("idna").decode("ascii"))


def mailbox(address: str) -> Address:
    """An address as one recipient, whatever its first part holds; its domain as the name system knows it.

    Beyond ASCII several spellings are looked up as one (`models.emails`). All are written to as that one, so that
    nobody gets what is for another.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        local = unicodedata.normalize("NFKC", local).casefold()
    return Address(username=local, domain=domain.encode("idna").decode("ascii"))


async def hang_up(smtp: SMTP) -> None:
    """As one should, where the server still listens."""
    with suppress(SMTPException, OSError, TimeoutError):
        await smtp.quit()
    smtp.close()


def reason(error: Exception) -> str:
    """Why a mail was not sent, in words that name nobody: a server may repeat the address that it refuses."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        status = _STATUS.match(error.message)
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


def is_final(error: Exception) -> bool:
    """Whether this mail is refused for good. A refusal of the sender or the password is for the operator to mend."""
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    refused = isinstance(error, SMTPRecipientRefused | SMTPDataError) and error.code >= 500
    return refused or isinstance(error, SMTPNotSupported | SealedError | ValueError)


def is_answer(error: Exception) -> bool:
    """Whether the connection can be used on: the server has answered, or was not asked."""
    return not isinstance(error, OSError | TimeoutError | SMTPServerDisconnected)
