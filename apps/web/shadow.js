// A part of the page that no style sheet of the front end reaches, only its own: it looks the same in both.
import { element } from "./dom.js";

/** The shadow root of `host`, empty but for style sheets, which are loaded then, so that nothing is drawn without. */
export async function shadow(host, addresses) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const sheets = addresses.map((href) => element("link", { rel: "stylesheet", href: new URL(href, import.meta.url) }));
  const loaded = sheets.map((sheet) => new Promise((done) => (sheet.onload = sheet.onerror = done)));
  root.replaceChildren(...sheets);
  await Promise.all(loaded);
  return root;
}
