// The bench "FAQ": questions that fold. One that is opened is answered by Python, for the person chosen beside them.
//
// In the address: q=padding,oks (what is open), example, person. #padding opens one more and goes there.
import { element } from "../dom.js";
import { say } from "../words.js";
import { fill } from "./answer.js";
import { panel } from "./panel.js";

export const styles = ["./faq/faq.css"];

const WHO = "who"; // the lane of the question who is in the photo

export function mount(root, { props, ask, cancel, upload, memory, link }) {
  const names = Object.values(props.groups).flat();
  const asked = (link.get("q") ?? "").split(",");
  const anchor = location.hash.slice(1);
  const begin = new Set([...(memory.open ?? []), ...asked, anchor].filter((name) => names.includes(name)));
  const items = new Map(names.map((name) => [name, item(name)]));

  const search = element("input", { type: "search", class: "faq-search", placeholder: say("faq.search"), "aria-label": say("faq.search"), oninput: sift });
  const count = element("p", { class: "aside", role: "status" });
  const groups = Object.entries(props.groups).map(([group, members]) =>
    element("section", { "aria-label": say(`faq.group.${group}`) },
      element("h2", {}, say(`faq.group.${group}`)),
      ...members.map((name) => items.get(name).root)));
  const subject = panel({ props, upload, memory, link, changed: anew, ask: (value) => ask({ ask: WHO, ...value }, WHO) });
  root.append(
    element("div", { class: "faq" },
      subject.root,
      element("div", { class: "faq-list" },
        element("div", { class: "faq-find", "data-control": "search" }, search, count),
        ...groups)));

  /** One question: what it says of itself at once, and a place for what is computed. */
  function item(name) {
    const spot = element("div", { class: "faq-answer", "aria-live": "polite" });
    const waiting = element("p", { class: "aside", role: "status", hidden: true });
    const progress = element("progress", { max: "1", "aria-label": say("faq.working"), hidden: true });
    const here = element("a", { class: "faq-link", href: address(name), onclick: (event) => copy(event, name) }, say("faq.link"));
    const details = element("details", { class: "faq-item", "data-question": name, ontoggle: () => toggled(name) },
      element("summary", {}, element("h3", {}, say(`faq.${name}.question`))),
      element("div", { class: "faq-body" },
        element("p", {}, say(`faq.${name}.text`)), waiting, progress, spot,
        element("p", { class: "faq-foot", "data-control": "link" }, here)));
    const words = `${say(`faq.${name}.question`)} ${say(`faq.${name}.text`)}`.toLowerCase();
    return { root: details, spot, waiting, progress, here, words, asked: false };
  }

  function toggled(name) {
    const { root: details } = items.get(name);
    if (details.open) want(name);
    else forget(name);
    const open = names.filter((one) => items.get(one).root.open);
    memory.open = open;
    link.set({ q: open.join(",") });
  }

  function want(name) {
    const one = items.get(name);
    if (one.asked) return;
    busy(one, say("faq.working"));
    if (!subject.known) return subject.again(); // asked as soon as it is known who is in the photo
    one.asked = true;
    ask({ ask: name, ...subject.value() }, name);
  }

  const wantOpen = () => names.filter((name) => items.get(name).root.open).forEach(want);

  /** Closed before its answer came: nobody waits for it. */
  function forget(name) {
    const one = items.get(name);
    if (one.waiting.hidden) return;
    cancel(name);
    one.asked = false;
    busy(one, "");
  }

  /** Another person or photo: what is open is asked again, the rest when it is opened. */
  function anew() {
    for (const [name, one] of items) {
      one.asked = false;
      cancel(name);
      busy(one, "");
      one.here.href = address(name);
      if (!one.root.open) one.spot.replaceChildren();
    }
    wantOpen();
  }

  function failed(one, line) {
    one.asked = false; // opening it again asks again
    busy(one, "");
    one.spot.replaceChildren(element("p", { class: "wrong", role: "alert" }, line));
  }

  function busy(one, line) {
    one.waiting.textContent = line;
    one.waiting.hidden = !line;
    one.progress.hidden = true;
    one.spot.classList.toggle("stale", Boolean(line));
    one.spot.setAttribute("aria-busy", String(Boolean(line)));
  }

  function sift() {
    const wanted = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let hits = 0;
    for (const one of items.values()) {
      const hit = wanted.every((word) => one.words.includes(word));
      one.root.hidden = !hit;
      hits += hit;
    }
    for (const group of groups) group.hidden = ![...group.querySelectorAll("details")].some((one) => !one.hidden);
    count.textContent = wanted.length ? say(hits ? "faq.hits" : "faq.no_hits", { count: hits }) : "";
  }

  function address(name) {
    const url = new URL(location.href);
    url.searchParams.set("q", name);
    url.hash = name;
    return url.href;
  }

  async function copy(event, name) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a new tab, as usual
    event.preventDefault();
    const { here } = items.get(name);
    here.href = address(name);
    try {
      await navigator.clipboard.writeText(here.href);
      here.textContent = say("faq.copied");
    } catch {
      history.replaceState(history.state, "", here.href); // the address bar has it then
      here.textContent = say("faq.in_address");
    }
  }

  subject.begin();
  for (const name of begin) items.get(name).root.open = true; // each says so with an event of its own
  if (items.has(anchor)) requestAnimationFrame(() => items.get(anchor).root.scrollIntoView({ block: "start" }));

  return {
    answer(value, lane) {
      if (lane === WHO) {
        subject.answer(value);
        return wantOpen();
      }
      const one = items.get(lane);
      busy(one, "");
      fill(one.spot, lane, value);
    },
    failed(line, lane) {
      if (lane !== WHO) return failed(items.get(lane), line);
      subject.failed(line);
      for (const one of items.values()) if (one.root.open) failed(one, line);
    },
    place(before, lane) {
      if (lane === WHO) return;
      const key = before === 1 ? "frame.next" : "frame.place";
      items.get(lane).waiting.textContent = before > 0 ? say(key, { count: before }) : say("faq.working");
    },
    done(share, lane) {
      if (lane === WHO) return;
      const { progress } = items.get(lane);
      progress.hidden = false;
      progress.value = share;
    },
    close: () => subject.close(),
  };
}
