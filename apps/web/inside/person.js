// Whose run it is: the photo with everybody who was found, one of them chosen by a click; and where other photos are.
import { ways } from "../bring.js";
import { element } from "../dom.js";
import { say } from "../words.js";

/** told: photo(file), example(name), person(place), complain(line). Gives { root, others, show(state), look(area) }. */
export function personPart(host, { examples }, told) {
  const picture = element("img", { class: "photo", alt: "" });
  const boxes = element("div", { class: "people" });
  const seen = element("div", { class: "seen", hidden: true }); // what a cell sees of the photo
  const frame = element("div", { class: "whole" }, picture, seen, boxes);
  const chips = element("div", { class: "chips" });
  const thumbnails = examples.map((name) =>
    element("button", { type: "button", class: "example", "data-example": name, onclick: () => told.example(name) },
      element("img", { src: new URL(`../../examples/${name}.jpg`, import.meta.url), alt: say(`example.${name}`), loading: "lazy" })));
  const others = element(
    "div",
    { class: "others", "data-control": "examples" },
    element("div", { class: "examples", role: "group", "aria-label": say("photo.examples") }, ...thumbnails),
    ...ways(host, told.photo, told.complain),
  );
  let size = [1, 1];

  const place = (node, [x, y, w, h]) => {
    const share = (value, whole) => `${(100 * value) / whole}%`;
    Object.assign(node.style, { left: share(x, size[0]), top: share(y, size[1]), width: share(w, size[0]), height: share(h, size[1]) });
  };

  return {
    root: element("section", { class: "person" }, element("h2", {}, say("inside.person")), frame, chips),
    others,

    show({ photo, example, people, person }) {
      if (!photo) return;
      if (picture.getAttribute("src") !== photo.url) picture.src = photo.url;
      picture.alt = say("inside.photo_alt", { count: people?.length ?? 0 });
      size = [photo.width, photo.height];
      frame.style.aspectRatio = `${photo.width} / ${photo.height}`;
      for (const button of thumbnails) button.setAttribute("aria-pressed", String(button.dataset.example === example));
      const pick = (kind, i, text) => element(
        "button",
        { type: "button", class: kind, "data-person": i, "aria-pressed": String(i === person), "aria-label": i < 0 ? null : say("inside.person_number", { number: i + 1 }), onclick: () => told.person(i) },
        text,
      );
      // the largest first, so that whoever stands before somebody else can still be clicked
      const order = (people ?? []).map((box, i) => ({ box, i })).sort((a, b) => b.box[2] * b.box[3] - a.box[2] * a.box[3]);
      boxes.replaceChildren(...order.map(({ box, i }) => {
        const button = pick("box", i, element("span", {}, String(i + 1)));
        place(button, box);
        return button;
      }));
      chips.replaceChildren(
        ...(people ?? []).map((_, i) => pick("chip", i, String(i + 1))),
        pick("chip", -1, say("boxes.whole")),
      );
      chips.hidden = !people;
    },

    /** area: [x, y, w, h] of the photo, or null. */
    look(area) {
      seen.hidden = !area;
      if (area) place(seen, area);
    },
  };
}
