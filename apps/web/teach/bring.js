// The step "Bring": files in, as what they were recognized, and how the joints are called.
import { element } from "../dom.js";
import { memory as drawer } from "../memory.js";
import { say } from "../words.js";
import { ways } from "./gather.js";
import { joints } from "./joints.js";
import { MOST_FILES, packed } from "./packing.js";
import { remembered } from "./remembered.js";
import { report } from "./report.js";
import { sets } from "./sets.js";

export const styles = [new URL("./bring.css", import.meta.url)];

const VIDEO = /\.(mp4|m4v|mov|avi|mkv|webm|mpe?g|wmv)$/i;
const ZIP = /\.zip$/i;
const ROW = 8; // pictures of a sheet side by side: only full rows, where there are several
const NAME = 80; // characters of a set's name, at most

export function mount(root, { set, ask, cancel, upload, memory, props, open, go, changed }) {
  let work = null; // what is under way: { abort, name }
  const wrong = element("p", { class: "wrong", role: "alert" });
  const complain = (line) => (wrong.textContent = line);

  // ---- what comes in ----------------------------------------------------------------------------------------------

  /** Files of a visitor, [{ file, path }]: a video is asked about first. */
  function take(entries) {
    if (work) return complain(say("teach.bring.busy"));
    complain("");
    const films = entries.filter(({ file, path }) => file.type.startsWith("video/") || VIDEO.test(path));
    if (films.length) {
      frames.show(films[0].file.name, (count) => bring(entries, count));
    } else bring(entries);
  }

  async function bring(entries, count = null) {
    const abort = new AbortController();
    const { signal } = abort;
    work = { abort };
    progress.show(say("teach.bring.packing"), 0);
    try {
      const files = [];
      const parcels = await wrapped(entries, signal);
      for (const [place, parcel] of parcels.entries()) {
        if (parcel.size > props.most_bytes) throw new Error(say("teach.bring.too_large", { name: parcel.name, megabytes: props.most_bytes / 1e6 }));
        const said = (share) => progress.show(say("teach.bring.sending"), (place + share) / parcels.length);
        files.push((await upload(parcel, { as: "file", said, signal })).file);
      }
      progress.show(say("teach.bring.reading"), null);
      ask({ do: "bring.take", files, frames: count, name: nameOf(entries) }, "take", "bring");
    } catch (error) {
      end();
      if (error.name === "AbortError") return;
      const unread = error instanceof DOMException; // of a file that is gone or not the visitor's to read
      complain(unread ? say("teach.bring.unreadable", { reason: error.message }) : error.message);
    }
  }

  /** As few files as possible: zips and videos as they are, everything else in one zip with its folders. */
  async function wrapped(entries, signal) {
    const alone = ({ file, path }) => ZIP.test(path) || file.type.startsWith("video/") || VIDEO.test(path);
    const own = entries.filter(alone).map(({ file }) => file);
    const rest = entries.filter((entry) => !alone(entry));
    if (!rest.length) return own;
    if (rest.length > MOST_FILES) throw new Error(say("teach.bring.too_many", { most: MOST_FILES }));
    if (rest.length === 1 && !own.length) return [rest[0].file];
    const said = (share) => progress.show(say("teach.bring.packing"), share);
    return [...own, new File([await packed(rest, { said, signal })], `${nameOf(rest)}.zip`, { type: "application/zip" })];
  }

  function nameOf(entries) {
    const [first] = entries;
    const folder = first.path.includes("/") ? first.path.split("/")[0] : null;
    const stem = entries.length === 1 ? first.file.name.replace(/\.[^.]*$/, "") : null;
    return (folder ?? stem ?? say("teach.bring.unnamed")).slice(0, NAME);
  }

  function toy() {
    if (work) return;
    complain("");
    work = { abort: new AbortController() };
    progress.show(say("teach.bring.drawing"), null);
    ask({ do: "bring.toy", name: say("teach.toy.name") }, "take", "bring");
  }

  function stop() {
    work?.abort.abort();
    cancel("take", "bring");
    end();
  }

  function end() {
    work = null;
    progress.hide();
    frames.hide();
  }

  function arrived(value) {
    end();
    const { added, things, skipped } = value.brought ?? { added: 1 };
    if (!added && !things) return complain(skipped[0] ?? say("teach.bring.all_here"));
    remembered.add(value.token);
    if (set) {
      memory.brought = value.brought;
      changed();
    } else {
      drawer(`teach.bring.${value.token}`).brought = value.brought; // of the set that opens now
      open(value.token, "bring");
    }
  }

  // ---- parts ------------------------------------------------------------------------------------------------------

  const progress = progressPart(() => {
    stop();
    complain(say("teach.bring.stopped"));
  });
  const frames = framesPart(props.frames);
  const come = ways(root, take, complain);
  const tale = report(go);
  const drop = element(
    "section", { class: "card drop", "data-control": "bring" },
    element("h2", {}, say(set ? "teach.bring.more" : "teach.bring.new")),
    element("p", {}, say("teach.bring.drop")),
    element("div", { class: "row" }, ...come.buttons,
      set ? null : element("button", { type: "button", class: "toy", onclick: toy, title: say("teach.toy.what") }, say("teach.toy"))),
    frames.root, progress.root, wrong,
    element("p", { class: "aside" }, say("teach.bring.formats")),
  );
  const list = set ? null : sets({ ask, open, alone: props.alone });
  const skeleton = set ? joints(set, { ask, memory, ready: props.ready }) : null;
  root.append(element("div", { class: "bring-columns" },
    element("div", { class: "column" }, set ? tale.root : null, drop),
    element("div", { class: "column" }, list?.root ?? skeleton.root)));
  list?.renew();
  let looked = ""; // at which pictures, joints and labels
  function tell() {
    tale.show(memory.brought ?? null, set);
    const now = JSON.stringify([set.first, set.joints, set.things, set.labeled]);
    if (now === looked) return;
    looked = now;
    const pictures = set.first.length > ROW ? set.first.slice(0, set.first.length - (set.first.length % ROW)) : set.first;
    if (pictures.length) ask({ do: "label.sheet", pictures }, "sheet");
    ask({ do: "bring.shape" }, "shape");
  }

  if (set) tell();

  return {
    answer(value, lane) {
      if (lane === "take") arrived(value);
      else if (lane === "sheet") tale.sheet(value);
      else if (lane === "shape") skeleton.shape(value.places);
      else if (skeleton?.answer(value, lane)) changed();
      else list?.answer(value, lane);
    },
    failed(line, lane) {
      if (lane === "take") end();
      if (!skeleton?.failed(line, lane)) complain(line);
      if (lane !== "sets") list?.renew();
    },
    place: (before, lane) => lane === "take" && progress.show(before > 0 ? say(before === 1 ? "frame.next" : "frame.place", { count: before }) : say("teach.bring.reading"), null),
    done: (share, lane) => lane === "take" && progress.show(say("teach.bring.reading"), share),
    renewed() {
      skeleton?.renewed();
      tell();
    },
    close() {
      come.close();
      list?.close();
      if (work) stop(); // a set that came into being now would belong to nobody
    },
  };
}

/** stop(): what its button does. */
function progressPart(stop) {
  const bar = element("progress", { max: 1 });
  const line = element("span", { class: "line", role: "status" });
  const root = element("div", { class: "progress", hidden: true }, bar,
    element("div", { class: "row" }, line, element("button", { type: "button", class: "cancel", onclick: stop }, say("teach.bring.cancel"))));
  return {
    root,
    show(text, share) {
      root.hidden = false;
      if (line.textContent !== text) line.textContent = text;
      bar.setAttribute("aria-label", text);
      if (share > 0) bar.value = share;
      else bar.removeAttribute("value");
    },
    hide: () => (root.hidden = true),
  };
}

/** How many frames of a video are wanted. */
function framesPart({ usual, most }) {
  let take = () => {};
  const input = element("input", { type: "number", min: 1, max: most, value: usual, "aria-label": say("teach.bring.frames") });
  const name = element("span", {});
  const root = element("form", { class: "frames row", hidden: true, onsubmit(event) {
    event.preventDefault();
    root.hidden = true;
    take(Math.min(Math.max(Math.round(Number(input.value)) || usual, 1), most));
  } }, name, element("label", {}, say("teach.bring.frames"), " ", input), element("button", { class: "primary" }, say("teach.bring.take_frames")));
  return {
    root,
    show(film, go) {
      name.textContent = film;
      take = go;
      root.hidden = false;
      input.focus();
    },
    hide: () => (root.hidden = true),
  };
}
