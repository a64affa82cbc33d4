// Fills a page of either front end: the header, or the bench of a page. What pages there are comes from Python.
import { element } from "./dom.js";
import { mount as mountHeader } from "./header.js";
import { serve } from "./served.js";
import { shadow } from "./shadow.js";
import { say } from "./words.js";

const pages = (await (await fetch(new URL("../pages", import.meta.url))).json()).pages;

/** The header into `host`. front: "studio" or "classroom"; page: the name of this one; go(name), where the front end
 *  can change the page without loading it anew. */
export async function header(host, { front, page, go }) {
  const fill = await shadow(host, ["./header.css"]);
  const focused = host.shadowRoot.activeElement?.getAttribute("href");
  const root = element("div");
  mountHeader(root, { pages, front, page, go });
  fill(root);
  if (focused) [...root.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
}

/** The bench of a page into `host`. Gives { close() }. */
export async function bench(host, name) {
  const { module, lends, props } = pages.find((page) => page.name === name);
  try {
    return await serve(host, { name, module, lends, props });
  } catch (error) {
    console.error(error);
    const fill = await shadow(host, ["./bench.css"]);
    fill(element("p", { class: "frame-wrong", role: "alert" }, say("frame.broken")));
    return { close: fill };
  }
}
