"""How a service is asked: one request at a time, not too often, again when it is busy, and never with a secret shown.

Every request goes to the host of the address that was given: a redirect is an error, so no credential follows one.
"""

import json
import time
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime
from urllib.parse import quote_plus

import httpx

from lull.data.schema import InputError, Problem

type Progress = Callable[[str, int, int], None]

MOST_TRIES = 5
LONGEST_WAIT = 600.0  # seconds that a service may ask for
PAUSE = 1.0  # seconds between two requests
SECONDS = 120.0  # that an answer may take
SHOWN = 300  # characters of what a service says
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
OK, UNAUTHORISED, FORBIDDEN, BUSY, BROKEN = 200, 401, 403, 429, 500


class Session:
    """Asks one service, and masks whatever is secret in what the service and the network say.

    `name` is what errors call it, `url` its base address: https, or http to this machine.
    """

    def __init__(self, name: str, url: str, progress: Progress) -> None:
        self.name = name
        self.url = _checked(url)
        self._progress = progress
        self._secrets: set[str] = set()
        self._tokens: set[str] = set()
        self._client = httpx.Client(timeout=SECONDS, follow_redirects=False, headers={"Accept": "application/json"})
        self._last = -PAUSE

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def keep_tokens(self, *tokens: str) -> None:
        """Mask these tokens from now on. Raises `InputError` if one cannot be sent in a header."""
        for token in filter(None, tokens):
            if not (token.isascii() and token.isprintable()):
                raise self.error(
                    "a token of plain characters", "one with others", "Copy it again, without line breaks."
                )
        self.mask(tokens)
        self._tokens.update(filter(None, tokens))

    def mask(self, secrets: Iterable[str]) -> None:
        """Mask these texts, and how addresses and JSON write them, in everything that is shown."""
        for secret in filter(None, secrets):
            self._secrets |= {secret, quote_plus(secret), json.dumps(secret)[1:-1]}

    def shows_secret(self, text: str, envelope: str) -> bool:
        """Return whether an answer holds a token, or what stands around its rows anything that is secret.

        A password may be an everyday word, which the notes of an event may hold.
        """
        return any(token in text for token in self._tokens) or any(secret in envelope for secret in self._secrets)

    def error(self, expected: str, found: str, remedy: str = "") -> InputError:
        """Return an error of this service in which nothing secret stands."""
        return InputError(Problem(self.name, expected, self._masked(found), remedy))

    def get(self, path: str, query: str, headers: dict[str, str]) -> httpx.Response:
        """Return the answer to a query: of HTTP 200, or one that says what is wrong with it."""
        return self._request("GET", f"{path}?{query}", headers=headers)

    def post(self, path: str, form: dict[str, str]) -> httpx.Response:
        """Return the answer to a form."""
        return self._request("POST", path, form=form)

    def said(self, answer: httpx.Response) -> str:
        """Return the status of an answer and what it says, in one short line."""
        try:
            document = answer.json()
        except ValueError:
            document = None
        keys = ("message", "error_description", "error", "Message", "title", "detail", "messages")
        texts = [str(document[key]) for key in keys if document.get(key)] if isinstance(document, dict) else []
        if document is None and answer.headers.get("content-type", "").startswith("text/plain"):
            texts = [answer.text]
        text = self._masked(" ".join(texts[:1]))
        plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
        return f"HTTP {answer.status_code}" + (f" ({plain[:SHOWN]})" if plain else "")

    def _masked(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, "***")
        return text

    def _request(
        self, method: str, path: str, *, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response:
        for tried in range(1, MOST_TRIES + 1):
            self._rest()
            try:
                answer = self._client.request(method, f"{self.url}/{path}", data=form, headers=headers)
            except httpx.TransportError as error:
                failure, wait = str(error) or type(error).__name__, 2.0**tried
            except httpx.HTTPError as error:
                raise self.error("an answer that can be read", str(error)) from None
            else:
                if answer.status_code != BUSY and answer.status_code < BROKEN:
                    return self._direct(answer)
                failure, wait = self.said(answer), _asked_wait(answer) or 2.0**tried
            if tried < MOST_TRIES:
                self._wait(wait, failure)
        raise self.error(f"an answer within {MOST_TRIES} tries", failure, "Try again later.")

    def _rest(self) -> None:
        """Wait until the last request is long enough ago."""
        time.sleep(max(0.0, self._last + PAUSE - time.monotonic()))
        self._last = time.monotonic()

    def _wait(self, seconds: float, failure: str) -> None:
        if seconds > LONGEST_WAIT:
            found = f"{failure} and a wait of {seconds:,.0f} seconds"
            raise self.error("an answer within ten minutes", found, "Try again after that.")
        step = f"{self.name} does not answer yet ({self._masked(failure)}), asking again in {seconds:.0f} s"
        self._progress(step, 0, 0)
        time.sleep(seconds)

    def _direct(self, answer: httpx.Response) -> httpx.Response:
        if not answer.is_redirect:
            return answer
        target = httpx.URL(answer.headers["location"])
        host = f"{target.scheme or 'https'}://{target.host}" if target.host else "another page of it"
        remedy = "Credentials are not sent on. If you trust that address, name it with --url."
        raise self.error(f"an answer from {self.url}", f"a redirect to {host}", remedy)


def _checked(url: str) -> str:
    """Return a base address that credentials may be sent to."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        raise InputError(Problem("--url", "an address such as https://service.example", "no address")) from None
    if parsed.userinfo or parsed.query or parsed.fragment:
        remedy = "Credentials come from the environment, the query from the options."
        raise InputError(Problem("--url", "scheme, host and path only", "more than that", remedy))
    if not parsed.host or not (parsed.scheme == "https" or (parsed.scheme == "http" and parsed.host in LOOPBACK)):
        raise InputError(Problem("--url", "an https address", repr(url), "Credentials are not sent unencrypted."))
    return str(parsed).rstrip("/")


def _asked_wait(answer: httpx.Response) -> float:
    """Return the seconds that the service asks to wait (Retry-After: seconds or a date); 0 if it does not say."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return 0.0
