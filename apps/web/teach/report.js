// What was brought, in words: as what it was recognized, how much there is, what was found odd.
import { element } from "../dom.js";
import { say } from "../words.js";

const SHOWN = 6; // lines of each kind; the others unfold

/** Gives { root, show(brought, set) }. */
export function report() {
  const title = element("h2", {}, say("teach.report"));
  const facts = element("p", { class: "facts" });
  const last = element("div", { class: "last" });
  const root = element("section", { class: "card report", role: "status", "data-control": "report" }, title, facts, last);

  function lines(key, some) {
    if (!some.length) return null;
    const item = (text) => element("li", {}, text);
    const rest = some.slice(SHOWN);
    return element("div", { class: `lines ${key}` },
      element("h3", {}, say(`teach.report.${key}`, { count: some.length })),
      element("ul", {}, ...some.slice(0, SHOWN).map(item)),
      rest.length ? element("details", {}, element("summary", {}, say("teach.report.others", { count: rest.length })), element("ul", {}, ...rest.map(item))) : null);
  }

  return {
    root,
    show(brought, set) {
      if (set) {
        facts.textContent = say("teach.report.facts", { pictures: set.pictures, labeled: set.labeled, things: set.things, joints: set.named ? set.joints.length : 0 });
        root.hidden = false;
      }
      if (!brought) return last.replaceChildren();
      const bare = { pictures: say("teach.report.pictures"), video: say("teach.report.video") };
      const words = [
        say("teach.report.format", { format: bare[brought.format] ?? brought.format }),
        say("teach.report.added", { pictures: brought.added, things: brought.things }),
      ];
      last.replaceChildren(...[
        element("p", { class: "recognized" }, words.join(" ")),
        lines("skipped", brought.skipped), lines("duplicates", brought.duplicates), lines("remarks", brought.remarks),
      ].filter(Boolean));
    },
  };
}
