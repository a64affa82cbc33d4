// Whom the answers are about: the photo with its people, to choose one or another photo.
import { element } from "../dom.js";
import { say } from "../words.js";

const KINDS = "image/jpeg,image/png,image/webp,image/avif,image/gif,image/bmp,image/tiff"; // what hrnet.image reads

/** ask(value): who is in the photo. changed(): another person or photo is chosen, of which value() tells. */
export function panel({ props, upload, memory, link, changed, ask }) {
  let person = 0;
  let known = false; // who is in the photo
  let asking = false; // who that is, or a photo is on its way
  let lost = false; // that question failed
  const picture = element("img", { class: "faq-photo", alt: "", hidden: true });
  const people = element("div", { class: "faq-people", role: "group", "aria-label": say("faq.people") });
  const about = element("div", { class: "aside", role: "status" });
  const wrong = element("p", { class: "wrong", role: "alert", hidden: true });
  const input = element("input", { type: "file", accept: KINDS, class: "unseen", tabindex: "-1", "aria-label": say("photo.choose"), onchange: chosen });
  const examples = element("select", { "aria-label": say("photo.examples"), onchange: () => examples.value && take({ example: examples.value }) },
    element("option", { value: "" }, say("faq.example")),
    ...props.examples.map((name) => element("option", { value: name }, say(`example.${name}`))));
  const root = element("aside", { class: "faq-subject", "aria-label": say("faq.subject") },
    picture, people, about, wrong,
    element("div", { class: "faq-bring", "data-control": "photo" },
      input,
      element("button", { type: "button", class: "primary", onclick: () => input.click() }, say("photo.choose")),
      examples));
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });

  const value = () => ({ photo: memory.photo?.photo ?? props.default, person });

  function who() {
    asking = true;
    ask(value());
  }

  function chosen() {
    if (input.files[0]) take(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  }

  let turn = 0; // of two photos brought in a row the later one counts
  async function take(file, then = 0) {
    const mine = ++turn;
    tell("");
    if (file.size > props.limit) return tell(say("photo.too_large", { megabytes: Math.round(props.limit / 1e6) }));
    try {
      asking = true;
      const brought = await upload(file);
      if (mine !== turn) return;
      memory.photo = brought;
      link.set({ example: file.example });
      known = false;
      choose(then);
      who();
    } catch (error) {
      if (mine !== turn) return;
      tell(error.message);
      asking = false;
      if (!known) who(); // in the photo that there was before
    }
  }

  /** The person, and in the address where it is not the first. */
  function choose(number) {
    person = memory.person = number;
    link.set({ person: number ? number + 1 : null });
    for (const [place, button] of [...people.children].entries()) button.setAttribute("aria-pressed", String(place === number));
    changed();
  }

  function tell(line) {
    wrong.textContent = line;
    wrong.hidden = !line;
  }

  /** What is in the address comes first, then what this visitor looked at last, then the default. */
  function begin() {
    const example = link.get("example");
    const wanted = Math.max(0, Math.floor(Number(link.get("person")) || 0) - 1);
    if (props.examples.includes(example) && memory.photo?.photo !== `example-${example}`) return take({ example }, wanted);
    person = link.get("person") ? wanted : memory.person ?? 0;
    who();
  }

  return {
    root, value, begin,
    get known() {
      return known;
    },
    again() {
      if (!asking) who();
    },
    answer({ picture: url, width, height, people: boxes, exact, found, network, figure, preliminary }) {
      known = true;
      asking = false;
      if (lost) tell("");
      lost = false;
      if (person >= boxes.length) choose(0);
      Object.assign(picture, { src: url, width, height, alt: say("faq.subject.alt", { count: boxes.length }), hidden: false });
      people.replaceChildren(
        ...(boxes.length > 1
          ? boxes.map((_, number) =>
              element("button", { type: "button", "aria-pressed": String(number === person), "aria-label": say("faq.person", { number: number + 1 }), onclick: () => choose(number) }, String(number + 1)))
          : []));
      const size = { network: network.name, columns: network.columns, rows: network.rows };
      const how = !found ? "faq.subject.nobody" : exact ? "faq.subject.exact" : "faq.subject.network";
      about.replaceChildren(
        element("p", {}, say(how)),
        element("p", {}, `${say("faq.subject.with", size)} ${figure ? measured(figure) : say("facts.unmeasured")}`),
        ...(preliminary ? [element("p", {}, say("facts.preliminary"))] : []));
    },
    failed(line) {
      asking = false;
      lost = true;
      if (line !== say("frame.lost")) delete memory.photo; // it is gone: the next visit begins with the default
      picture.hidden = true;
      people.replaceChildren();
      about.replaceChildren();
      tell(line);
    },
    close() {
      turn++;
    },
  };
}

function measured({ metric, value, data, boxes, flip, measured: here }) {
  return say("facts.figure", {
    metric, data, boxes, value: value.toFixed(1),
    flip: say(flip ? "facts.flip" : "facts.no_flip"),
    origin: say(here ? "facts.measured" : "facts.published"),
  });
}
