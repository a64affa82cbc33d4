// The name of the front end, its pages, the way to the other front end and to the other language.
import { element } from "./dom.js";
import { link } from "./link.js";
import { language, say } from "./words.js";

export function mount(root, { pages, front, page, go }) {
  const here = pages.findIndex(({ name }) => name === page);
  document.title = here > 0 ? `${say(pages[here].text)} · ${say(front)}` : say(front);
  if (link.hidden("header")) return;
  const first = pages[0]?.name;
  const kept = link.hide.length ? `?hide=${encodeURIComponent(link.hide.join(","))}` : "";
  const to = (where, name) => `/${where}/${name === first ? "" : name}${kept}`;
  const entry = ({ name, text }) =>
    element(
      "a",
      {
        href: to(front, name),
        "aria-current": name === page && "page",
        onclick(event) {
          if (!go || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a new tab, as usual
          event.preventDefault();
          go(name);
        },
      },
      say(text),
    );
  const other = language === "zh" ? "en" : "zh";
  const turned = () => {
    const address = new URL(location.href);
    address.searchParams.set("lang", other);
    return address.href;
  };
  const across = front === "studio" ? "classroom" : "studio";
  root.append(
    element(
      "header",
      { class: "page-header" },
      element("h1", {}, say(front)),
      element("nav", { "aria-label": say("studio.pages"), class: "page-names" }, ...pages.map(entry)),
      element(
        "span",
        { class: "page-ways" },
        element("a", { href: to(across, page) }, say(across)), // the same page there
        element(
          "a",
          {
            href: turned(),
            onclick: (event) => (event.currentTarget.href = turned()), // with what the bench wrote into the address since
            lang: other,
            hreflang: other,
          },
          say("studio.other_language"),
        ),
      ),
    ),
  );
  const names = root.querySelector(".page-names");
  const current = names.querySelector("[aria-current]"); // on a phone the names do not fit side by side
  new ResizeObserver(() => { // also when the style sheet has come
    if (current) names.scrollLeft = current.offsetLeft - names.offsetLeft - (names.clientWidth - current.clientWidth) / 2;
  }).observe(names);
}
