"""The pages of the Classroom, made of two Streamlit components: the header and a bench, as in the Studio."""

from __future__ import annotations

from functools import partial

import streamlit as st

from apps import pages, text
from apps.pages import Page

# Streamlit calls the function again whenever what it is given changes, in the same place. Its modules are blobs, so
# addresses need their origin.
HEADER = """
export default function ({ parentElement, data, setTriggerValue }) {
  import(new URL("/web/page.js", location.origin)).then((page) =>
    page.header(parentElement.querySelector(".header-host"), {
      front: "classroom", page: data.page, go: (name) => setTriggerValue("go", name),
    }),
  );
}
"""
BENCH = """
const open = new WeakMap();
export default function ({ parentElement, data }) {
  const host = parentElement.querySelector(".bench-host");
  if (!open.has(host)) {
    open.set(host, import(new URL("/web/page.js", location.origin)).then((page) => page.bench(host, data.page)));
  }
  return () => {
    open.get(host)?.then((bench) => bench.close());
    open.delete(host);
  };
}
"""
# Without Streamlit's shadow roots: the header's styles are in the page, and a bench makes a shadow root of its own.
component = partial(st.components.v2.component, isolate_styles=False)
header = component("hrnet_header", html='<div class="header-host"></div>', js=HEADER)
bench = component("hrnet_bench", html='<div class="bench-host"></div>', js=BENCH)


def run() -> None:
    """One run of the script."""
    words = text.catalogue("zh" if (st.context.locale or "").lower().startswith("zh") else "en")
    st.set_page_config(page_title=words["classroom"], page_icon=None, layout="wide")
    table = {
        page.name: st.Page(partial(show, page), title=words[page.text], url_path=page.name, default=number == 0)
        for number, page in enumerate(pages.PAGES)
    }
    chosen = st.navigation(list(table.values()), position="hidden")
    name = next(name for name, page in table.items() if page is chosen or page.url_path == chosen.url_path)
    wish = header(key="header", data={"page": name}, on_go_change=lambda: None).go
    if wish in table and wish != name:
        kept = {key: value for key, value in st.query_params.items() if key == "hide"}
        st.switch_page(table[wish], query_params=kept)
    chosen.run()


def show(page: Page) -> None:
    bench(key=f"bench-{page.name}", data={"page": page.name})
