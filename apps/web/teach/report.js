// What was brought, in words: as what it was recognized, how much there is, what was found odd.
import { element } from "../dom.js";
import { say } from "../words.js";

const SHOWN = 6; // lines of each kind; the others unfold

/** go(step): to the step that comes next. Gives { root, show(brought, set), sheet(value): the first pictures of the set, as apps/views/teach/label.py says }. */
export function report(go) {
  const title = element("h2", {}, say("teach.report"));
  const facts = element("p", { class: "facts" });
  const wrong = element("div", { class: "damaged" });
  const last = element("div", { class: "last" });
  const first = element("img", { class: "first", alt: "" });
  const sheet = element("div", { class: "sheet", hidden: true }, first);
  let next = "label";
  const on = element("button", { type: "button", class: "primary on", onclick: () => go(next) });
  const root = element("section", { class: "card report", role: "status", "data-control": "report" }, title, facts, wrong, sheet, last, on);

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
    sheet({ url, pictures, columns, cell: [height, width] }) {
      const shown = Math.min(pictures.length, columns);
      first.src = url;
      first.style.width = `${(100 * columns) / shown}%`; // the rest of a row that is not full is cut off
      sheet.style.aspectRatio = `${shown * width} / ${Math.ceil(pictures.length / columns) * height}`;
      sheet.hidden = false;
    },
    show(brought, set) {
      const joints = set.named ? say("teach.report.joints", { joints: set.joints.length, pairs: set.pairs.length }) : say("teach.report.unnamed");
      const counts = say(set.things ? "teach.report.facts" : "teach.report.bare", { pictures: set.pictures, labeled: set.labeled, things: set.things });
      facts.textContent = `${counts} ${joints}`;
      next = set.labeled < set.pictures ? "label" : "check";
      on.textContent = say("teach.bring.on", { step: say(`teach.step.${next}`) });
      on.hidden = !set.named || !set.pictures;
      wrong.replaceChildren(...[lines("problems", set.problems)].filter(Boolean));
      if (!brought) return last.replaceChildren();
      const bare = { pictures: say("teach.report.pictures"), video: say("teach.report.video") };
      const words = [
        say("teach.report.format", { format: bare[brought.format] ?? brought.format }),
        say(brought.things ? "teach.report.added" : "teach.report.added_bare", { pictures: brought.added, things: brought.things }),
      ];
      last.replaceChildren(...[
        element("p", { class: "recognized" }, words.join(" ")),
        lines("skipped", brought.skipped), lines("duplicates", brought.duplicates), lines("remarks", brought.remarks),
      ].filter(Boolean));
    },
  };
}
