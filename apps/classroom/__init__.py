"""The Classroom: every bench as a Streamlit page, in the same process as the Studio."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from apps.guard import App
from apps.server import Door, in_background

OPTIONS = {
    "browser.gatherUsageStats": False,
    "server.address": "127.0.0.1",  # without one, it would ask a server elsewhere for the address of this machine
    "server.headless": True,  # or it would ask for an e-mail address on the terminal
    "server.fileWatcherType": "none",
    "server.maxUploadSize": 1,  # MB; photos come over POST /photos
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",  # a traceback is for the terminal
    "logger.level": "error",  # it would write a line for every request
}
SCRIPT = Path(__file__).parent / "script.py"


def classroom() -> Door:
    """The application. Streamlit is imported once the door is open, so that the Studio does not wait for it."""
    return _Room(Future(), life=lambda app: app.lifespan()(app))


class _Room(Door):
    def open(self) -> AbstractAsyncContextManager[None]:
        self.built = in_background(_build)
        return super().open()


def _build() -> App:
    import streamlit as st
    from streamlit.web import bootstrap

    bootstrap.load_config_options(OPTIONS)
    app = st.App(SCRIPT)
    app.lifespan()  # the server holds it; said before anybody may ask
    return app
