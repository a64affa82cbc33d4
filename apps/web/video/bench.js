// A clip with its people drawn, and the live camera. The parts of the page are in the other files of this folder; here
// is what they have in common: the clip that was brought, what is done with it, and what is on the screen.
//
// Two benches answer: "video" what is quick (what kind of clip it is, a frame of the camera), "clip" what takes minutes.
// In the address: smooth=0, and way=live, which opens with the camera's button in focus.
import { element } from "../dom.js";
import { lanes } from "../served.js";
import { say } from "../words.js";
import { livePart } from "./live.js";
import { progressPart } from "./progress.js";
import { recordPart } from "./record.js";
import { settingsPart } from "./settings.js";
import { sourcePart } from "./source.js";
import { timelinePart } from "./timeline.js";

export const styles = [new URL("./video.css", import.meta.url)];

const H264 = 'video/mp4; codecs="avc1.64001f"';

export function mount(root, { props, ask, cancel, upload, memory, link }) {
  const state = { clip: memory.clip ?? null, done: memory.done ?? null, smooth: (link.get("smooth") ?? memory.smooth ?? "1") !== "0" };
  let sending = null; // an AbortController while a clip is sent
  let coming = {}; // what is known of a clip that is looked at
  let closed = false;

  // ---- parts ----------------------------------------------------------------------------------------------------

  const source = sourcePart(root, props, { clip: bring, record: openCamera(() => record), live: openCamera(() => live), glide, complain });
  const wrong = element("p", { class: "wrong", role: "alert" });
  const screen = element("div", { class: "screen" });
  const drop = element("div", { class: "drop" }, element("p", {}, say("video.drop")), element("p", { class: "aside" }, say("video.what")));
  const player = element("video", { class: "player", controls: true, playsinline: true, preload: "metadata" });
  player.muted = true; // the sound is there for whoever wants it
  player.addEventListener("error", () => player.getAttribute("src") && complain(say("video.gone")));
  const still = element("img", { class: "player", alt: "" });
  const progress = progressPart(stop);
  const timeline = timelinePart(player);
  const settings = settingsPart(props, { start, smooth });
  const live = livePart(props, { ask: (value) => ask(value, "live"), cancel: () => cancel("live"), complain, ended: show });
  const record = recordPart(props, { taken: bring, complain, ended: show });
  root.classList.add("video");
  root.append(
    source.root, wrong,
    element("div", { class: "columns" },
      element("div", { class: "left" }, screen, progress.root, timeline.root),
      element("div", { class: "right" }, settings.root)),
  );

  const work = lanes("clip", {
    answer: finish,
    failed(line) {
      memory.working = false;
      complain(line);
      show();
    },
    place: (before) => progress.waiting(before),
    done: (share) => progress.working(share),
    ended() {},
  }, props.network && { token: props.network.token, way: props.network.way });

  // ---- a clip ---------------------------------------------------------------------------------------------------

  /** file: a File. seconds: how long it is, where the file itself may not say. */
  async function bring(file, seconds = null) {
    leave();
    complain("");
    const megabytes = Math.round(props.most_bytes / 1e6);
    if (file.size > props.most_bytes) return complain(say("video.too_large", { megabytes }));
    const mine = (sending = new AbortController());
    blank();
    progress.sending(0);
    try {
      const { file: token } = await upload(file, { as: "file", said: (share) => progress.sending(share), signal: mine.signal });
      if (closed || sending !== mine) return;
      coming = { file: token, seconds };
      progress.looking();
      ask({ ask: "look", file: token }, "look");
    } catch (error) {
      if (closed || sending !== mine) return;
      if (error.name !== "AbortError") complain(error.message);
      show();
    } finally {
      if (sending === mine) sending = null;
    }
  }

  function glide(example) {
    leave();
    complain("");
    blank();
    progress.looking();
    coming = {};
    ask({ ask: "glide", example }, "look");
  }

  function looked(value) {
    state.clip = { ...coming, ...value, seconds: value.seconds ?? coming.seconds ?? null };
    state.done = null;
    memory.clip = state.clip;
    delete memory.done;
    settings.clip(state.clip);
    show();
    if (!(state.clip.seconds > props.most_seconds)) start();
  }

  function start() {
    leave();
    complain("");
    const kind = player.canPlayType(H264) ? "mp4" : "webm";
    memory.working = true;
    show();
    progress.waiting(0);
    work.ask({ file: state.clip.file, ...settings.part(), smooth: state.smooth, kind });
  }

  function finish(value) {
    memory.working = false;
    state.done = memory.done = value;
    show();
    player.focus({ preventScroll: true });
  }

  /** The button beside the progress. */
  function stop() {
    leave();
    show();
  }

  function smooth(on) {
    state.smooth = on;
    memory.smooth = on ? "1" : "0";
    link.set({ smooth: on ? null : 0 });
  }

  // ---- the screen -----------------------------------------------------------------------------------------------

  /** Ends whatever is under way. */
  function leave() {
    sending?.abort();
    sending = null;
    cancel("look");
    work.cancel();
    memory.working = false;
    live.stop();
    record.stop();
    progress.hide();
  }

  function openCamera(part) {
    return async () => {
      leave();
      complain("");
      if (await part().start()) {
        blank();
        screen.replaceChildren(part().root);
      } else show();
    };
  }

  /** Nothing but what comes next. */
  function blank() {
    player.pause();
    screen.replaceChildren(drop);
    timeline.show(null);
    settings.hide();
  }

  /** What there is of the clip, and nothing else. */
  function show() {
    if (closed) return;
    progress.hide();
    const { clip, done } = state;
    if (!clip) return blank();
    settings.clip(clip);
    settings.done(memory.working ? null : done, Boolean(memory.working));
    settings.smooth(state.smooth);
    if (done && !memory.working) {
      if (player.getAttribute("src") !== done.video) player.src = done.video;
      player.poster = done.poster;
      player.setAttribute("aria-label", say("video.player", { name: clip.name, people: done.people }));
      screen.replaceChildren(player);
    } else {
      player.pause();
      still.src = clip.poster;
      still.alt = say("video.first_frame", { name: clip.name });
      screen.replaceChildren(still);
    }
    screen.style.setProperty("--shape", `${clip.width} / ${clip.height}`);
    timeline.show(memory.working ? null : done);
  }

  function complain(line) {
    wrong.textContent = line;
  }

  // ---- to begin -------------------------------------------------------------------------------------------------

  if (state.clip && memory.working) start(); // the page was left while it was worked on
  else show();
  if (link.get("way") === "live") source.live.focus();

  return {
    answer(value, lane) {
      if (lane === "live") live.answer(value);
      else looked(value);
    },
    failed(line, lane) {
      if (lane === "live") return live.failed(line);
      complain(line);
      show();
    },
    place(before, lane) {
      if (lane === "live") live.place(before);
    },
    close() {
      const working = memory.working;
      closed = true;
      leave();
      memory.working = working; // so that it begins again when the visitor comes back
      source.close();
      work.close();
    },
  };
}

