"""The head of every HTML page of both front ends, as it is sent.

Both would add a head with a script, after they chose a language and drew their first letters: too late for styles and
for the language. So ours goes into the page itself.
"""

from __future__ import annotations

from apps.guard import App, Message, Receive, Send
from apps.server import CLASSROOM, STUDIO

# The language is settled before the front end asks the browser for it: ?lang=zh, or what was chosen in this tab before,
# or else the first of the visitor's languages that there is a catalogue for. The front end's own words follow.
HEAD = """
<script>
{
  const asked = new URLSearchParams(location.search).get("lang");
  let kept = null;
  try {
    if (asked) sessionStorage.setItem("hrnet.lang", asked);
    kept = sessionStorage.getItem("hrnet.lang");
  } catch {}
  const wishes = [asked, kept, ...navigator.languages].map((tag) => (tag || "").slice(0, 2).toLowerCase());
  const language = wishes.find((tag) => tag === "zh" || tag === "en") === "zh" ? "zh-CN" : "en";
  Object.defineProperty(navigator, "language", { get: () => language });
  document.documentElement.lang = language;
  // Streamlit would look for its server below the page's own address first.
  const room = `${location.origin}/classroom`;
  window.__streamlit = { BACKEND_BASE_URL: room, MAIN_PAGE_BASE_URL: room };
}
</script>
<link rel="icon" href="/web/icon.svg">
<link rel="stylesheet" href="/web/tokens.css">
"""
# After the front end's own style sheets, which these then win over where both say something.
STYLES = {path: f'<link rel="stylesheet" href="/web{path}.css">\n' for path in (STUDIO, CLASSROOM)}

NOT_HERE = (
    b'<link rel="manifest" href="/manifest.json" />',  # of an installable app, which this is not
    b'<link rel="shortcut icon" href="./favicon.png" />',
)


class Head:
    """Puts HEAD into every HTML page that comes from the application."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        style = next((style for path, style in STYLES.items() if scope.get("path", "").startswith(path)), None)
        if scope["type"] != "http" or scope["method"] != "GET" or style is None:
            await self.app(scope, receive, send)
            return
        start: Message | None = None
        parts: list[bytes] = []

        async def dressed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None:
                await send(message)
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    page = _dress(b"".join(parts), style)
                    length = [(b"content-length", str(len(page)).encode())]
                    others = [pair for pair in start["headers"] if pair[0].lower() not in (b"content-length", b"etag")]
                    await send({**start, "headers": others + length})
                    await send({"type": "http.response.body", "body": page})

        # In parts, compressed or not changed since: none of that is of use for a page that is changed on its way.
        headers = [pair for pair in scope["headers"] if pair[0] not in WITHOUT]
        await self.app({**scope, "headers": headers} if _asks_for_page(scope) else scope, receive, dressed)


WITHOUT = (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")


def _asks_for_page(scope: Message) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])


def _is_page(message: Message) -> bool:
    headers = {name.lower(): value for name, value in message.get("headers", ())}
    return headers.get(b"content-type", b"").startswith(b"text/html") and b"content-encoding" not in headers


def _dress(page: bytes, style: str) -> bytes:
    for line in NOT_HERE:
        page = page.replace(line, b"", 1)
    return page.replace(b"<head>", b"<head>" + HEAD.encode(), 1).replace(b"</head>", style.encode() + b"</head>", 1)
