"""No secret stands in the tree or in its history: keys, tokens and passwords by their looks."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LARGEST = 2_000_000  # bytes of a file that is looked through
LOOKS = {
    "a private key": rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----",
    "a key of AWS": rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub": rb"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{60,}\b",
    "a token of GitLab": rb"\bglpat-[A-Za-z0-9_-]{20,}\b",
    "a token of PyPI": rb"\bpypi-[A-Za-z0-9_-]{50,}",
    "a token of Slack": rb"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "a key of Google": rb"\bAIza[0-9A-Za-z_-]{35}\b",
    "a signed token": rb"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{10,}",
    "a password in an address": rb"\b[a-z]{3,8}://[^\s/:@\"'{}<>]{1,60}:[^\s/:@\"'{}<>]{3,60}@[\w.-]+",
    "a value called a secret": rb"(?i)(?:password|passwd|secret|api_?key|access_?key|auth_?token)\w*[\"']?\s*[:=]\s*"
    rb"[\"'](?=[^\"'\s]*[0-9])(?=[^\"'\s]*[A-Za-z])[A-Za-z0-9+/_=.-]{16,}[\"']",
}
INVENTED = (b"0123456789abcdef0123456789abcdef", b"someone:hush@service.example")  # of tests; they open nothing


def found_in(content: bytes) -> list[str]:
    """Return what looks like a secret in a file, by kind."""
    hits = ((kind, match[0]) for kind, look in LOOKS.items() for match in re.finditer(look, content))
    return [kind for kind, text in hits if not any(known in text for known in INVENTED)]


def git(*arguments: str, given: bytes = b"") -> bytes:
    return subprocess.run(["git", *arguments], cwd=ROOT, input=given, check=True, capture_output=True).stdout


def history() -> Iterator[tuple[str, bytes]]:
    """Yield every file that was ever committed here, once for each content, with its path."""
    named = [line.split(b" ", 1) for line in git("rev-list", "--objects", "HEAD").splitlines() if b" " in line]
    paths = {name.decode(): path.decode() for name, path in named}
    head = "%(objectname) %(objecttype) %(objectsize)"
    listed = git("cat-file", f"--batch-check={head}", given="\n".join(paths).encode()).decode().split("\n")
    blobs = [line.split() for line in listed if " blob " in line]
    wanted = [name for name, _, size in blobs if int(size) <= LARGEST]
    answer = git("cat-file", "--batch", given="\n".join(wanted).encode())
    at = 0
    for name in wanted:
        end = answer.index(b"\n", at)
        size = int(answer[at:end].split()[2])
        yield paths[name], answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def test_no_file_of_the_tree_holds_a_secret() -> None:
    tracked = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").decode().split("\0")
    paths = [ROOT / name for name in tracked if name and (ROOT / name).is_file()]
    assert len(paths) > 100
    found = {str(path.relative_to(ROOT)): kinds for path in paths if (kinds := found_in(path.read_bytes()))}
    assert found == {}


@pytest.mark.integration
def test_no_file_of_the_history_holds_a_secret() -> None:
    found: dict[str, list[str]] = {}
    files = 0
    for path, content in history():
        files += 1
        if kinds := found_in(content):
            found[path] = kinds
    assert files > 100
    assert found == {}


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "-----BEGIN " + "PRIVATE KEY-----",
        "AKIA" + "ABCDEFGHIJ234567",
        "ghp_" + "a1" * 18,
        "glpat-" + "a1" * 12,
        "pypi-" + "a1B" * 20,
        "xoxb-" + "1234567890-abcdef",
        "AIza" + "a1b2C" * 7,
        "eyJ" + "hbGciOiJIUzI1NiJ9a" + ".eyJ" + "zdWIiOiIxMjM0NTY3ODkwIn0" + ".abcdefghijkl",
        "https://" + "anna:hunter22" + "@example.org/simple",
        'client_secret = "' + "q8Zr7" * 5 + '"',
        "api_key: '" + "q8Zr7" * 5 + "'",
    ],
)
def test_a_secret_is_known_by_its_looks(text: str) -> None:
    assert found_in(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        'cookie_secret = "a long random string"',
        "token = make_token()",
        "https://docs.example.org:8501/page@1",
        "password",
    ],
)
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert not found_in(text.encode())
