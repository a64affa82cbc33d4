// Where the labeled person comes from: an example, a photo of one's own, a drawn scene, a set; and which person.
import { ways } from "../bring.js";
import { element } from "../dom.js";
import { say } from "../words.js";

/** told: example(name), photo(file), scene(number), set(number), person(number), edit(open), anew(), complain(line).
 *  Gives { root, show({ name, people, person, source, editing, sets }) }. */
export function source(host, examples, told) {
  const thumbnails = element("div", { class: "examples", role: "group", "aria-label": say("photo.examples"), "data-control": "examples" },
    ...examples.map((name) => element("button", { type: "button", class: "example", "data-example": name, "aria-label": name, onclick: () => told.example(name) },
      element("img", { src: new URL(`../../examples/${name}.jpg`, import.meta.url), alt: "", loading: "lazy" }))));
  const person = element("select", { class: "person", "aria-label": say("augment.person"), onchange: () => told.person(Number(person.value)) });
  const name = element("span", { class: "name" });
  const edit = element("button", { type: "button", class: "edit", "aria-expanded": "false", onclick: () => told.edit(edit.getAttribute("aria-expanded") !== "true") }, say("augment.edit"));
  const anew = element("button", { type: "button", class: "anew", onclick: () => told.anew() }, say("augment.anew"));
  const scenes = numbered("augment.scene", told.scene);
  const sets = numbered("augment.set", told.set);
  sets.root.hidden = true;
  const root = element(
    "section",
    { class: "source", "data-control": "source" },
    element("div", { class: "row" }, thumbnails, ...ways(host, told.photo, told.complain)),
    element("div", { class: "row" }, scenes.root, sets.root, name, person, edit, anew),
  );
  return {
    root,
    show(state) {
      name.textContent = state.name ?? "";
      for (const button of thumbnails.children) button.setAttribute("aria-pressed", state.source?.example === button.dataset.example);
      const count = state.people.length;
      if (person.options.length !== count)
        person.replaceChildren(...state.people.map((_, number) => element("option", { value: number }, say("augment.person_of", { number: number + 1, count }))));
      person.value = state.person;
      person.hidden = count < 2;
      edit.setAttribute("aria-expanded", state.editing);
      scenes.show(state.source?.scene, state.sets?.scenes);
      sets.root.hidden = !state.sets?.set;
      sets.show(state.source?.set, state.sets?.set);
    },
  };
}

/** A number with steps back and forth; go(number) once it is chosen. */
function numbered(key, go) {
  const input = element("input", { type: "number", min: "0", step: "1", value: "0", "aria-label": say(key) });
  const chosen = (number) => {
    const most = input.max === "" ? Infinity : Number(input.max);
    if (Number.isInteger(number)) go(Math.min(Math.max(number, 0), most));
  };
  input.addEventListener("change", () => chosen(Number(input.value)));
  const root = element("span", { class: "numbered" },
    element("button", { type: "button", onclick: () => chosen(Number(input.value)) }, say(key)),
    input,
    element("button", { type: "button", "aria-label": say("augment.next_of", { what: say(key) }), onclick: () => chosen(Number(input.value) + 1) }, "›"));
  return {
    root,
    show(number, count) {
      if (count) input.max = count - 1;
      if (number !== undefined) input.value = number;
      root.classList.toggle("on", number !== undefined);
    },
  };
}
