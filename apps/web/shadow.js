// A part of the page that no style sheet of the front end reaches, only its own: it looks the same in both.
import { element } from "./dom.js";

/** Opens `host` and loads style sheets into it, so that nothing is drawn without them. Gives fill(...children), which
 *  puts these in the place of what was there. */
export async function shadow(host, addresses) {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
  const hrefs = addresses.map((address) => new URL(address, import.meta.url).href);
  const sheets = () => [...root.children].filter((child) => child.localName === "link");
  if (sheets().map(({ href }) => href).join() !== hrefs.join()) {
    const made = hrefs.map((href) => element("link", { rel: "stylesheet", href }));
    const loaded = made.map((sheet) => new Promise((done) => (sheet.onload = sheet.onerror = done)));
    root.replaceChildren(...made);
    await Promise.all(loaded);
  }
  return (...children) => root.replaceChildren(...sheets(), ...children);
}
