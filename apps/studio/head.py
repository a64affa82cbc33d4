"""The head of the Studio's page as it is sent.

Gradio adds a head that it is given with a script, after it has chosen a language and drawn its first letters: too late
for styles and for the language. So ours goes into the page itself.
"""

from __future__ import annotations

from apps.guard import App, Message, Receive, Send

# The language is settled before Gradio asks the browser for it: ?lang=zh, or else the first of the visitor's languages
# that there is a catalogue for. Gradio's own words and <html lang> follow.
HEAD = """
<script>
{
  const asked = new URLSearchParams(location.search).get("lang");
  const wishes = [asked, ...navigator.languages].map((tag) => (tag || "").slice(0, 2).toLowerCase());
  const language = wishes.find((tag) => tag === "zh" || tag === "en") === "zh" ? "zh-CN" : "en";
  Object.defineProperty(navigator, "language", { get: () => language });
}
</script>
<link rel="icon" href="../web/icon.svg">
<link rel="stylesheet" href="../web/tokens.css">
"""
# After Gradio's own style sheets, which it then wins over where both say something.
STYLE = '<link rel="stylesheet" href="../web/studio.css">\n'

NOT_HERE = '<link rel="manifest" href="/manifest.json" />'  # of an installable app, which this is not


class Head:
    """Puts HEAD into every HTML page that comes from the application."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
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
                    page = _dress(b"".join(parts))
                    length = [(b"content-length", str(len(page)).encode())]
                    others = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
                    await send({**start, "headers": others + length})
                    await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, dressed)


def _is_page(message: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in message.get("headers", ())
    )


def _dress(page: bytes) -> bytes:
    page = page.replace(NOT_HERE.encode(), b"", 1)
    return page.replace(b"<head>", b"<head>" + HEAD.encode(), 1).replace(b"</head>", STYLE.encode() + b"</head>", 1)
