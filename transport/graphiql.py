"""GraphiQL's page and its files: all from this server, under a content security policy, and without the internet."""

from hashlib import sha256
from pathlib import Path

from starlette.routing import Route

from transport.static_pages import static_page

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " style-src 'self' 'unsafe-inline';"  # the editor writes styles into its elements
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-cache"),
)
CACHE_FOREVER = "public, max-age=31536000, immutable"
PAGE, SUFFIXES = "page.html", (".js", ".css")


class Graphiql:
    """The page, and the routes of its files below `path`. Their URL has a hash of all, so that they never change."""

    def __init__(self, folder: Path, path: str) -> None:
        files = sorted(file for file in folder.iterdir() if file.suffix in SUFFIXES)
        digest = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
        relative = f"{path.rpartition('/')[2]}/graphiql/{digest}"  # a proxy may serve all of this below another path
        self.page = (folder / PAGE).read_text().replace("{folder}", relative).encode()
        self.routes = [
            Route(f"{path}/graphiql/{digest}/{file.name}", static_page(file, cache_control=CACHE_FOREVER))
            for file in files
        ]
