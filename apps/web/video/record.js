// A clip recorded with the visitor's own camera, in their browser.
import { element } from "../dom.js";
import { say } from "../words.js";
import { clock } from "./clock.js";
import { close, eye } from "./eye.js";

const KINDS = ["video/webm;codecs=vp8", "video/webm", "video/mp4"]; // the cheapest to make first

/** told: taken(file, seconds), complain(line), ended(). Gives { root, start(), stop() }. */
export function recordPart(props, told) {
  const video = element("video", { autoplay: true, playsinline: true });
  video.muted = true;
  const button = element("button", { type: "button", class: "primary shutter", onclick: press });
  const cancel = element("button", { type: "button", onclick: () => (stop(), told.ended()) }, say("video.cancel"));
  const line = element("p", { class: "rate", role: "timer" });
  const root = element("div", { class: "live-stage mirrored" }, element("div", { class: "eye" }, video), element("div", { class: "hand" }, button, cancel, line));
  let stream = null, recorder = null, begun = 0, ticking = 0;

  const running = () => recorder?.state === "recording";
  const seconds = () => (performance.now() - begun) / 1000;

  async function start() {
    try {
      if (!window.MediaRecorder) throw new Error(say("video.no_recorder"));
      stream = await eye();
    } catch (error) {
      told.complain(error.message);
      return false;
    }
    video.srcObject = stream;
    button.textContent = say("video.shutter");
    line.textContent = say("video.at_most", { time: clock(props.most_seconds) });
    return true;
  }

  function press() {
    if (running()) return recorder.stop();
    const parts = [];
    const kind = KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));
    const mine = (recorder = new MediaRecorder(stream, { mimeType: kind, videoBitsPerSecond: 4e6 }));
    mine.ondataavailable = ({ data }) => parts.push(data);
    mine.onstop = () => {
      if (recorder !== mine) return; // cancelled
      const type = mine.mimeType.split(";")[0];
      const lasted = seconds();
      stop();
      told.taken(new File(parts, `${say("video.recording")}.${type.split("/")[1]}`, { type }), lasted);
    };
    mine.start(1000); // in parts of a second, so that a long one is not held twice
    begun = performance.now();
    button.textContent = say("video.stop");
    ticking = setInterval(() => {
      line.textContent = clock(seconds(), 1);
      if (seconds() >= props.most_seconds && running()) mine.stop();
    }, 100);
  }

  function stop() {
    clearInterval(ticking);
    const mine = recorder;
    recorder = null;
    if (mine?.state === "recording") mine.stop();
    close(stream);
    stream = null;
    video.srcObject = null;
  }

  return { root, start, stop };
}
