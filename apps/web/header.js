// The name of the page, and the way to the other language.
import { element } from "./dom.js";
import { language, say } from "./words.js";

export function mount(root) {
  document.title = say("studio");
  const other = language === "zh" ? "en" : "zh";
  const address = new URL(location.href);
  address.searchParams.set("lang", other);
  root.append(
    element(
      "header",
      { class: "page-header" },
      element("h1", {}, say("studio")),
      element("span", { class: "aside" }, say("studio.about")),
      element(
        "nav",
        { "aria-label": say("studio.pages") },
        element("a", { href: location.pathname + location.search, "aria-current": "page" }, say("photo.page")),
        element("a", { href: address.href, lang: other, hreflang: other }, say("studio.other_language")),
      ),
    ),
  );
}
