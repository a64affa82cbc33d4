// Who is in the picture when: a row for each person in the color of their box, under the clip and in step with it.
import { element } from "../dom.js";
import { say } from "../words.js";
import { clock } from "./clock.js";

/** Gives { root, show(done) }; done: the answer of the bench "clip", or null. */
export function timelinePart(player) {
  const list = element("ol", { class: "rows" });
  const needle = element("div", { class: "needle" });
  const title = element("h2", {}, say("video.timeline"));
  const more = element("p", { class: "aside more" });
  const root = element("section", { class: "timeline", "data-control": "timeline", hidden: true }, title, element("div", { class: "tracks" }, list, needle), more);
  let length = 1; // seconds
  let rows = [];

  const follow = () => {
    if (root.hidden) return;
    const time = player.currentTime;
    root.style.setProperty("--at", Math.min(1, time / length));
    for (const { row, person } of rows) row.classList.toggle("here", person.spans.some(([begin, end]) => time >= begin && time < end));
  };
  const run = () => {
    follow();
    if (!player.paused && !player.ended && root.isConnected) requestAnimationFrame(run);
  };
  for (const kind of ["timeupdate", "seeked", "loadedmetadata"]) player.addEventListener(kind, follow);
  player.addEventListener("play", run);

  const go = (time) => {
    player.currentTime = Math.min(time, length);
    follow();
  };

  function row(person, frames) {
    const [first, last] = [person.spans[0][0], person.spans.at(-1)[1]];
    const said = say("video.row", { id: person.id, seen: person.frames, frames, from: clock(first, 1), to: clock(last, 1) });
    const track = element("div", { class: "track", onclick: (event) => {
      const { left, width } = track.getBoundingClientRect();
      go((length * (event.clientX - left)) / width);
    } });
    for (const [begin, end] of person.spans) {
      const span = element("i", {});
      Object.assign(span.style, { left: `${(100 * begin) / length}%`, width: `${(100 * (end - begin)) / length}%`, background: person.color });
      track.append(span);
    }
    const label = element("button", { type: "button", class: "who", "aria-label": said, title: said, onclick: () => go(first) },
      element("i", { "aria-hidden": "true", style: `background: ${person.color}` }), String(person.id));
    return element("li", {}, label, track);
  }

  return {
    root,
    show(done) {
      root.hidden = !done?.timeline.length;
      if (root.hidden) return;
      length = done.seconds;
      rows = done.timeline.map((person) => ({ person, row: row(person, done.frames) }));
      list.replaceChildren(...rows.map(({ row }) => row));
      const others = done.people - done.timeline.length;
      more.textContent = others > 0 ? say("video.more", { count: others }) : "";
      follow();
    },
  };
}
