// The network that this visitor has taught and sees with, instead of the server's own: on every page that can, until it
// is taken off. In the address: network, the token of its run; in localStorage, so that all tabs of this browser agree.
import { element } from "./dom.js";
import { link } from "./link.js";
import { say } from "./words.js";

const DRAWER = "hrnet.network";

let here = null; // where the browser keeps nothing, it lasts as long as the page

/** { token, way } or null. way: how things are found, see apps/networks.py; null for what suits its joints. */
export function chosen() {
  const addressed = link.get("network");
  const kept = read();
  if (addressed && addressed !== kept?.token) return choose({ token: addressed, way: null });
  return kept;
}

export function choose(network) {
  here = network;
  link.set({ network: network && location.search.includes("network=") ? network.token : null });
  try {
    if (network) localStorage.setItem(DRAWER, JSON.stringify(network));
    else localStorage.removeItem(DRAWER);
  } catch (error) {
    console.warn(`not kept beyond this page: ${error.message}`);
  }
  return network;
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(DRAWER));
    return typeof kept?.token === "string" ? kept : here;
  } catch {
    return here;
  }
}

/** The drawer of a bench in memory.js: boxes and joints of one network are not those of another. */
export const drawerOf = (bench, network) => (network ? `${bench}@${network.token}/${network.way}` : bench);

/** The chip above a bench. told: way(name), off(). */
export function chip({ name, way, ways, person, joints }, told) {
  const select = element("select", { name: "way", "aria-label": say("network.where"), onchange: () => told.way(select.value) },
    ...ways.map((one) => element("option", { value: one, selected: one === way }, say(`network.way.${one}`))));
  const off = element("button", { type: "button", class: "off", "aria-label": say("network.off", { name }), title: say("network.off", { name }), onclick: told.off }, "×");
  const doubt = way === "persons" && !person ? element("span", { class: "doubt" }, say("network.no_person")) : null;
  return element("div", { class: "seen-with", "data-control": "network" },
    element("span", { class: "chip" }, say("network.seen_with"), " ", element("b", { title: joints.join(", ") }, name), off),
    element("label", {}, element("span", {}, say("network.finds")), select), doubt);
}
