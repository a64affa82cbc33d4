// The live camera. A frame goes to the server when the answer to the one before is there, always the newest; what comes
// back is drawn over the video. The server keeps who is who under the name of this session.
import { element } from "../dom.js";
import * as marks from "../marks.js";
import { say } from "../words.js";
import { counted } from "./clock.js";
import { cameras, close, eye } from "./eye.js";

const QUALITY = 0.8; // of the JPEG, of 1
const RECENT = 10; // answers over which the rate is measured

/** told: ask(value), cancel(), complain(line), ended(). Gives { root, start(), stop(), answer(value), failed(line), place(n) }. */
export function livePart(props, told) {
  const video = element("video", { autoplay: true, playsinline: true });
  video.muted = true;
  const canvas = element("canvas", { "aria-hidden": "true" });
  const line = element("p", { class: "rate" }); // changes many times a second: nothing to be read aloud
  const heard = element("p", { class: "unseen", role: "status" }); // this is, whenever the number of people changes
  const finish = element("button", { type: "button", class: "primary stop", onclick: () => (stop(), told.ended()) }, say("video.stop"));
  const other = element("button", { type: "button", class: "turn", hidden: true, onclick: turn }, say("camera.other"));
  const root = element("div", { class: "live-stage" }, element("div", { class: "eye" }, video, canvas), element("div", { class: "hand" }, finish, other, line, heard));

  let stream = null, facing = "user", session = null, skeleton = null;
  let sent = 0; // when the newest frame was taken, in seconds
  let answered = []; // the recent answers: [when each came, how long it took], in seconds
  const still = document.createElement("canvas");

  async function start() {
    try {
      const opened = await eye(facing);
      close(stream);
      stream = opened;
    } catch (error) {
      told.complain(error.message);
      return false;
    }
    const mine = stream;
    [session, skeleton, answered] = [null, null, []];
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    root.classList.toggle("mirrored", facing === "user");
    line.textContent = say("video.beginning");
    video.srcObject = mine;
    mine.getVideoTracks()[0].addEventListener("ended", () => {
      if (stream !== mine) return;
      stop();
      told.complain(say("video.camera_ended"));
      told.ended();
    });
    cameras().then((count) => (other.hidden = count < 2));
    if (video.readyState >= video.HAVE_CURRENT_DATA && video.videoWidth) send();
    else video.addEventListener("loadeddata", send, { once: true });
    return true;
  }

  async function turn() {
    facing = facing === "user" ? "environment" : "user";
    told.cancel();
    close(stream); // a phone has only one open at a time
    stream = null;
    if (!(await start())) {
      stop();
      told.ended();
    }
  }

  function stop() {
    close(stream);
    stream = null;
    video.srcObject = null;
    told.cancel();
  }

  /** One frame on its way. */
  async function send() {
    const mine = stream;
    if (!mine || !video.videoWidth) return;
    if (document.hidden) return document.addEventListener("visibilitychange", send, { once: true });
    const scale = Math.min(1, props.side / Math.max(video.videoWidth, video.videoHeight));
    [still.width, still.height] = [video.videoWidth, video.videoHeight].map((side) => Math.round(side * scale));
    still.getContext("2d").drawImage(video, 0, 0, still.width, still.height);
    sent = performance.now() / 1000;
    const jpeg = still.toDataURL("image/jpeg", QUALITY).split(",")[1];
    told.ask({ ask: "frame", jpeg, time: sent, session });
  }

  function answer(value) {
    if (!stream) return;
    session = value.session;
    skeleton = value.skeleton ?? skeleton;
    const now = performance.now() / 1000;
    answered = [...answered, [now, now - sent]].slice(-RECENT);
    draw(value);
    const rate = answered.length > 1 ? (answered.length - 1) / (now - answered[0][0]) : 1 / (now - sent);
    const delay = answered.reduce((sum, [, took]) => sum + took, 0) / answered.length;
    const people = counted(value.people.length);
    if (heard.textContent !== people) heard.textContent = people;
    line.textContent = say("video.rate", { rate: rate.toFixed(1), people, delay: Math.round(1000 * delay) });
    send();
  }

  function draw({ width, height, people }) {
    const ratio = window.devicePixelRatio || 1;
    const [wide, high] = [Math.round(video.clientWidth * ratio), Math.round(video.clientHeight * ratio)];
    if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, wide, high);
    const scale = wide / width;
    const mirrored = facing === "user"; // the picture is, the words in it are not
    for (const { id, box: [x, y, w, h], keypoints } of [...people].reverse()) {
      const color = props.persons[(id - 1) % props.persons.length];
      const look = { ...props.look, colors: { ...props.look.colors, box: color } };
      const box = { x: mirrored ? width - 1 - x - w : x, y, w, h };
      const points = keypoints.map(([px, py, score], joint) => ({ x: mirrored ? width - 1 - px : px, y: py, joint, score }));
      const lines = skeleton.limbs.map((joints) => ({ joints }));
      marks.box(context, box, { chosen: false, scale, ratio, look });
      const stroke = marks.strokeOf(box, scale, canvas, look);
      marks.person(context, { points, lines }, { sides: skeleton.sides, visible: props.visible, scale, stroke, look });
      marks.tag(context, box, String(id), { scale, ratio, look });
    }
  }

  return {
    root, start, stop, answer,
    failed(said) {
      if (!stream) return;
      stop();
      told.complain(said);
      told.ended();
    },
    place(before) {
      if (stream && before > 0) line.textContent = say(before === 1 ? "frame.next" : "frame.place", { count: before });
    },
  };
}
