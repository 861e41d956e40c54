"""Whom a watch tells: a webhook, which is sent JSON, and an address, which is sent mail.

Addresses of webhooks, tokens and passwords come from the environment and are written nowhere; no error shows them.
"""

import os
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import httpx

from lull.data.schema import InputError, Problem
from lull.watch.past_pass import Message
from lull.watch.watch_file import Alerts, Mail, Watch

SECONDS = 30.0  # that a server may take
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
WHAT_IT_IS = "A forecast, not an event."
WEBHOOK, MAIL = "webhook", "mail"


class NotSentError(Exception):
    """A message that a server did not take; the text says why, without a secret."""


@dataclass(frozen=True)
class Channel:
    """One way to tell: `send` returns what is to be said of it, and raises `NotSentError` if nobody took it."""

    name: str
    send: Callable[[Message], str] = field(repr=False)


def channels(watch: Watch) -> tuple[Channel, ...]:
    """Return the ways that a watch tells. Raises `InputError` for a variable that is not set, before any work."""
    found = []
    if watch.file.alerts.webhook_env:
        found.append(_webhook(watch.file.alerts))
    if watch.file.mail:
        found.append(_mail(watch.file.mail))
    return tuple(found)


def body(message: Message) -> dict[str, Any]:
    """Return a message as a webhook is sent it; `text` is what chat programs show."""
    lines = [message.subject, *message.sentences, WHAT_IT_IS]
    return {
        "id": message.id,
        "what_it_is": WHAT_IT_IS,
        "subject": message.subject,
        "text": "\n".join(lines),
        "changes": list(message.sentences),
        "day": str(message.day),
        "known_to": str(message.known_to),
        "run_id": message.run_id,
    }


def letter(message: Message, mail: Mail) -> EmailMessage:
    """Return a message as mail; its id is the same whenever it is sent, so that a server knows it again."""
    made = EmailMessage()
    made["Subject"] = f"{message.subject} ({WHAT_IT_IS[:1].lower()}{WHAT_IT_IS[1:-1]})"
    made["From"], made["To"] = mail.sender, ", ".join(mail.to)
    made["Message-ID"] = f"<{message.id}@lull.watch>"
    made["Auto-Submitted"] = "auto-generated"
    known = f"Data known to {message.known_to}; run {message.run_id}."
    made.set_content("\n\n".join([*message.sentences, WHAT_IT_IS, known]) + "\n")
    return made


def _webhook(alerts: Alerts) -> Channel:
    url = _secret(alerts.webhook_env)
    parts = urlsplit(url)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        remedy = "What a watch says is not sent unencrypted."
        raise InputError(Problem(f"${alerts.webhook_env}", "an https address", "another", remedy))
    token = _secret(alerts.webhook_token_env) if alerts.webhook_token_env else ""
    headers = {"authorization": f"Bearer {token}"} if token else {}

    def send(message: Message) -> str:
        try:
            answer = httpx.post(
                url, json=body(message), headers=headers | {"idempotency-key": message.id}, timeout=SECONDS
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSentError(f"the server could not be reached ({type(error).__name__})") from None
        if not answer.is_success:
            raise NotSentError(f"the server answered HTTP {answer.status_code}")
        return ""

    return Channel(WEBHOOK, send)


def _mail(mail: Mail) -> Channel:
    login = (_secret(mail.user_env), _secret(mail.password_env)) if mail.user_env and mail.password_env else None

    def send(message: Message) -> str:
        try:
            with _server(mail) as server:
                if login:
                    server.login(*login)
                refused = server.send_message(letter(message, mail))
        except smtplib.SMTPResponseException as error:
            raise NotSentError(f"the mail server answered {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotSentError(f"the mail server could not be used ({type(error).__name__})") from None
        return f"The mail server refused {', '.join(refused)}; the others have the message." if refused else ""

    return Channel(MAIL, send)


def _server(mail: Mail) -> smtplib.SMTP:
    """Return a server that is connected, encrypted as the file says."""
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(mail.host, mail.port, timeout=SECONDS)
    try:
        if mail.security == "starttls":
            server.starttls(context=ssl.create_default_context())
    except BaseException:
        server.close()
        raise
    return server


def _secret(name: str | None) -> str:
    """Return what a variable of the environment holds. Raises `InputError` if it is not set."""
    value = os.environ.get(name or "", "").strip()
    if not value:
        remedy = "Set it where the watch runs; the file names the variable alone."
        raise InputError(Problem(f"${name}", "a variable of the environment", "none", remedy))
    return value
