// The bench "Photo": who is in it, corrected by hand; every joint with its heatmap over the photo; files to take away.
//
// In the address: example; person and joint, whose heatmap was clicked.
import { element } from "../dom.js";
import { mount as mountFacts } from "../facts.js";
import { exampleUrl, mount as mountStage } from "../stage.js";
import { jointName, mount as mountTable } from "../table.js";
import { shared } from "../view.js";
import { say } from "../words.js";
import { scaleOf } from "../inside/parts.js";
import { mount as mountControls } from "./controls.js";
import { mount as mountLegend } from "./legend.js";

export const styles = ["./photo/photo.css"];

const EXAMPLE = "example-"; // what the token of an example begins with; its name follows (apps/desk.py)
const HEAT = "heat", DOWNLOAD = "download"; // lanes: neither waits for the question who is there

export function mount(root, { props, ask, cancel, upload, memory, link }) {
  const view = shared({ ...props.start, ...(memory.sliders ?? {}) });
  let photo = null; // { photo, width, height, url, name }, once it has arrived
  let turn = 0; // of photos: only the newest counts
  let wished = null; // { person, joint, by its name } of the address, until somebody is there

  const place = (name, ...children) => element("div", { class: name }, ...children);
  const [stagePlace, details, factsPlace] = ["picture", "details", "facts-place"].map((name) => place(name));
  const scale = scaleOf(props.magma);
  const note = element("div", { class: "heat-note", "data-control": "heatmap" }, element("p", { class: "aside", role: "status" }), scale.root);
  root.append(place("photo-bench", stagePlace, details, factsPlace));

  const stage = mountStage(stagePlace, {
    view,
    props,
    told: {
      chosen: take,
      ask: (named) => ask({ ask: "people", photo: photo.photo, threshold: view.threshold, ...named }),
      heat: ({ box }) => ask({ ask: "heatmaps", photo: photo.photo, box }, HEAT),
      height: describe,
      kept(boxes) {
        memory.boxes = { photo: photo.photo, boxes };
        const joint = view.shown.skeleton.joints.indexOf(wished?.joint);
        if (joint >= 0 && wished.person < boxes.length) view.set({ pin: { person: wished.person, joint }, person: wished.person });
        wished = null;
      },
    },
  });
  stagePlace.querySelector(".caption").after(note);
  mountLegend(details, { view });
  mountTable(details, { view });
  mountControls(details, { view, kinds: props.downloads, told: { download } });
  mountFacts(factsPlace, { props });
  describe(null);

  // ---- which photo --------------------------------------------------------------------------------------------------

  /** A file, or { example }. */
  async function take(file) {
    wished = null;
    delete memory.pin;
    link.set({ joint: null, person: null });
    const mine = start(file.example ? exampleUrl(file.example) : URL.createObjectURL(file));
    try {
      const arrived = await upload(file);
      if (mine !== turn) return;
      memory.photo = arrived;
      link.set({ example: file.example ?? null });
      photo = arrived;
      stage.arrived(photo);
    } catch (error) {
      if (mine === turn) stage.fail(error.message);
    }
  }

  /** The photo that was chosen here before, or on another page. */
  function restore(kept) {
    start(kept.url);
    photo = kept;
    const own = memory.boxes?.photo === photo.photo ? memory.boxes.boxes : null;
    stage.arrived(photo, own);
  }

  function start(preview) {
    for (const lane of ["", HEAT, DOWNLOAD]) cancel(lane);
    photo = null;
    stage.begin(preview);
    turn += 1;
    return turn;
  }

  // ---- what is shown ------------------------------------------------------------------------------------------------

  /** What the heatmap over the photo is of. */
  function describe(joint, peak) {
    const line = note.querySelector("p");
    note.classList.toggle("on", Boolean(joint));
    if (!joint) {
      line.textContent = say("photo.heat.hint");
      return;
    }
    const name = jointName(view.shown.skeleton.joints[joint.joint]);
    line.textContent = say("photo.heat.shown", { joint: name, person: joint.person + 1 });
    scale.show(0, Math.max(peak, 0), say("photo.heat.height"));
  }

  function download(kind) {
    ask({ ask: "download", kind, photo: photo.photo, threshold: view.threshold, visible: view.visible, ...stage.named }, DOWNLOAD);
  }

  view.watch((changed) => {
    if (changed.includes("threshold") || changed.includes("visible")) memory.sliders = { threshold: view.threshold, visible: view.visible };
    if (changed.includes("pin") && view.shown) {
      const joint = view.pin && view.shown.skeleton.joints[view.pin.joint];
      memory.pin = view.pin && { person: view.pin.person, joint };
      link.set({ joint, person: view.pin && view.pin.person + 1 });
    }
    if (!view.joint) describe(null);
  });

  const example = link.get("example");
  const first = link.get("joint") ? { joint: link.get("joint"), person: (Number(link.get("person")) || 1) - 1 } : memory.pin;
  if (props.examples.includes(example) && memory.photo?.photo !== `${EXAMPLE}${example}`) take({ example });
  else if (memory.photo) restore(memory.photo);
  wished = first;

  return {
    answer(value, lane) {
      if (lane === HEAT) return stage.heatmaps(value);
      if (lane === DOWNLOAD) return save(value.url);
      stage.answer(value);
    },
    failed(line, lane) {
      if (lane === HEAT) stage.heatFailed();
      if (lane) return stage.complain(line);
      if (!view.shown && photo && memory.photo?.photo === photo.photo) delete memory.photo; // it is gone, or no photo
      stage.fail(line);
    },
    close: stage.close,
  };
}

function save(url) {
  const link = element("a", { href: url, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}
