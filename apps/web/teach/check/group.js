// All findings of one kind: what they are called, each with its little pictures and what can be done about it.
import { element } from "../../dom.js";
import { say } from "../../words.js";

const FIRST = 5; // findings that are shown before somebody asks for more
const STEP = 24;
const PICTURES = 2; // of one finding: a pair, or one thing

/** What is the same finding after another look at the set. */
export const keyOf = ({ kind, joints, spots, values }) =>
  [kind, joints.join("."), values.source ?? "", ...spots.slice(0, 2).map(({ picture, thing, joints }) => `${picture}/${thing ?? ""}/${joints.join(".")}`)].join("|");

/** repair(findings), setAside(findings), more(count). Gives { root, show(findings, { shown, untold, busy }) }. */
export function group({ kind, crops, go, repair, setAside, more }) {
  const badge = element("span", { class: "badge" });
  const count = element("span", { class: "count" });
  const ways = element("div", { class: "row ways" });
  const why = element("p", { class: "aside why" }, say(`teach.check.why.${kind}`));
  const tiles = element("ul", { class: "tiles" });
  const rest = element("button", { type: "button", class: "small more" });
  const root = element("section", { class: "card group", "data-kind": kind },
    element("div", { class: "row title" }, badge, element("h3", {}, say(`teach.check.kind.${kind}`)), count, ways), why, tiles, rest);

  function show(findings, { shown, untold, busy }) {
    const [{ severity, repair: name, spots }] = findings;
    shown ??= severity === "note" && spots.length ? 0 : FIRST; // pictures of what is no fault wait until they are wanted
    root.dataset.severity = severity;
    badge.textContent = say(`teach.check.severity.${severity}`);
    count.textContent = findings.length + untold;
    ways.replaceChildren(...(findings.length > 1 ? [
      ...(name ? [way(findings, name, say(`teach.check.repair_all.${name}`, { count: findings.length }), busy)] : []),
      aside(findings, say("teach.check.all_right"), busy),
    ] : []));
    tiles.replaceChildren(...findings.slice(0, shown).map((one) => tile(one, busy)));
    const left = findings.length - shown;
    rest.hidden = left <= 0;
    rest.textContent = say(shown ? "teach.check.more" : "teach.check.show", { count: Math.min(left, STEP) });
    rest.onclick = () => more(shown + STEP);
    crops.fetch();
  }

  function tile(finding, busy) {
    const { spots, repair: name, values } = finding;
    const words = { ...values };
    for (const part of ["split", "others"]) if (words[part]) words[part] = say(`teach.check.part.${words[part]}`);
    const pictures = spots.slice(0, PICTURES).filter((spot, n) => !n || finding.spots[0].picture !== spot.picture || finding.spots[0].thing === null);
    const seen = element("div", { class: "pictures" }, ...pictures.map((spot) => crops.of(spot)));
    const editor = spots.length
      ? element("button", { type: "button", class: "small edit", onclick: () => go("label", { picture: spots[0].picture }) }, say("teach.check.edit"))
      : null;
    return element("li", { class: "tile" },
      pictures.length ? seen : null,
      element("p", { class: "line" }, say(`teach.check.line.${kind}`, words)),
      element("div", { class: "row buttons" },
        name ? way([finding], name, say(`teach.check.repair.${name}`), busy) : null, editor, aside([finding], say("teach.check.right"), busy)));
  }

  function way(findings, name, text, busy) {
    return element("button", { type: "button", class: "small repair", disabled: busy, onclick: () => repair(findings) }, text);
  }

  function aside(findings, text, busy) {
    return element("button", { type: "button", class: "small aside-it", disabled: busy, onclick: () => setAside(findings) }, text);
  }

  return { root, show };
}
