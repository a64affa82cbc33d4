// A bench for the frame's own tests: brings a photo, asks for its mean color, shows the picture that comes back.
import { element } from "/web/dom.js";

export function mount(root, { props, ask, cancel, upload, memory, link }) {
  const answer = element("p", { class: "toy-answer" }, "");
  const picture = element("img", { class: "toy-picture", alt: "" });
  const line = element("p", { class: "toy-line", role: "alert" });
  const share = element("p", { class: "toy-share" });
  const name = element("p", { class: "toy-name" });
  const typed = element("input", { class: "toy-typed", "aria-label": "typed" });
  const step = element("input", { class: "toy-step", type: "range", min: "0", max: "9", value: memory.step ?? link.get("step") ?? 0, "aria-label": "step" });

  function begin() {
    name.textContent = memory.photo?.name ?? "";
    if (memory.photo) ask({ photo: memory.photo.photo, step: Number(step.value) });
  }

  async function take(file) {
    line.textContent = "";
    try {
      memory.photo = await upload(file);
      begin();
    } catch (error) {
      line.textContent = error.message;
    }
  }

  const file = element("input", { type: "file", class: "toy-file", "aria-label": "photo", onchange: () => take(file.files[0]) });
  step.addEventListener("change", () => {
    memory.step = Number(step.value);
    link.set({ step: step.value });
    begin();
  });
  root.append(
    file, step, typed,
    ...props.examples.map((example) => element("button", { type: "button", class: "example", "data-control": "examples", onclick: () => take({ example }) }, example)),
    element("button", { type: "button", class: "toy-long", onclick: () => ask({ long: true }, "long") }, "long"),
    element("button", { type: "button", class: "toy-cancel", onclick: () => cancel("long") }, "cancel"),
    name, answer, share, line, picture,
  );
  if (memory.photo) begin();
  else if (link.get("example")) take({ example: link.get("example") });
  return {
    answer(value) {
      answer.textContent = `${value.mean.join(" ")} step ${value.step}`;
      picture.src = value.url;
    },
    failed(said) {
      line.textContent = said;
    },
    done(part) {
      share.textContent = String(part);
    },
  };
}
