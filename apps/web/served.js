// Mounts a bench in a page of either front end, and carries its questions to Python and the answers back.
//
// A bench's module exports mount(root, { props, ask, cancel, upload, memory, link }) and, if it has style sheets of its
// own, `styles`, a list of addresses. mount may give back { answer(value, lane), failed(line, lane), place(n, lane),
// done(share, lane), close() }; what it does not say itself, how many are before and what went wrong, the frame says.
//
//   ask(value, lane = "")   at most one question of a lane is under way; of those asked meanwhile only the newest
//                           follows, and an answer that is older than the newest question is not delivered
//   cancel(lane = "")       forget it, under way or not
//   upload(file)            -> { photo, width, height, url, name }; throws an Error with one line
//   upload({ example })     the same for an example
//   upload(file, { as: "file", said, signal })   any file, a clip -> { file, bytes, name }; said(share) hears how much
//                           is sent, an abort of the signal ends it with an AbortError
//
// A bench lives in a shadow root, so that neither Gradio's nor Streamlit's style sheets reach it: the same in both.
import { element } from "./dom.js";
import { link } from "./link.js";
import { memory } from "./memory.js";
import { chip, choose, chosen, drawerOf } from "./seen_with.js";
import { shadow } from "./shadow.js";
import { say } from "./words.js";

/** Fills `host`. name: of POST /ask/{name} and of the drawer in memory; module: address of the module below apps/web;
 *  lends: whether it can see with a network of the visitor's own (seen_with.js), which then goes with every question.
 *  Gives { close() }. */
export async function serve(host, page) {
  let closed = false;
  let now = { close() {} };
  const show = async () => {
    const shown = await put(host, page, () => {
      now.close();
      show();
    });
    if (closed) shown.close();
    else now = shown;
  };
  await show();
  return {
    close() {
      closed = true;
      now.close();
    },
  };
}

/** As `serve`; calls again() where the visitor wants to see with another network. */
async function put(host, { name, module, lends = false, props: usual = {} }, again) {
  const { mount, styles = [] } = await import(new URL(module, import.meta.url));
  const wish = lends ? chosen() : null;
  const { network, gone } = await lent(name, wish);
  const props = { ...usual, ...network?.props, network };
  const its = network && { token: network.token, way: network.way };
  const fill = await shadow(host, ["./bench.css", ...styles]);
  const root = element("div", { class: "bench", "data-bench": name });
  const waiting = element("p", { class: "frame-waiting", role: "status", hidden: true });
  const wrong = element("p", { class: "frame-wrong", role: "alert", hidden: true });
  const seen = network && chip(network, { way: (way) => (choose({ ...its, way }), again()), off: () => (choose(null), again()) });
  fill(hiding(), ...(seen ? [seen] : []), root, waiting, wrong);

  const tell = (place, line) => {
    if (line) place.textContent = line;
    place.hidden = !line;
  };
  const open = new Set(); // lanes
  let part = null;
  if (gone) tell(wrong, gone);
  const line = lanes(name, {
    answer(value, lane) {
      tell(wrong, "");
      part?.answer?.(value, lane);
    },
    failed: (said, lane) => (part?.failed ? part.failed(said, lane) : tell(wrong, said)),
    place(before, lane) {
      if (part?.place) return part.place(before, lane);
      before > 0 ? open.add(lane) : open.delete(lane);
      tell(waiting, before > 0 ? say(before === 1 ? "frame.next" : "frame.place", { count: before }) : "");
    },
    done: (share, lane) => part?.done?.(share, lane),
    ended(lane) {
      open.delete(lane);
      if (!open.size) tell(waiting, "");
    },
  }, its);
  // What is typed or pressed in a bench is no command to the front end: Streamlit has one on r and one on c.
  for (const kind of ["keydown", "keypress", "keyup"]) host.addEventListener(kind, (event) => event.stopPropagation());
  const bring = (file, how) => upload(file, { limit: props.limit, ...how });
  part = await mount(root, { props, ask: line.ask, cancel: line.cancel, upload: bring, memory: memory(drawerOf(name, its)), link });
  root.dataset.mounted = "";
  return {
    close() {
      line.close();
      part?.close?.();
      fill();
    },
  };
}

/** What Python says of the network that is wished for, or why it cannot be had. One that is gone is forgotten. */
async function lent(page, wish) {
  if (!wish) return {};
  return new Promise((done) => {
    const line = lanes("networks", {
      answer(network) {
        if (!network.gone) return done({ network });
        choose(null);
        done({ gone: say("network.gone", { reason: network.gone }) });
      },
      failed: (line) => done({ gone: line }), // the server is busy or out of reach: it may be there all the same
      place() {}, done() {}, ended() {},
    });
    line.ask({ network: wish, page });
  });
}

/** Questions to a bench in lanes. told: answer, failed, place, done, ended. network: { token, way } that goes along. */
export function lanes(name, told, network = null) {
  const flights = new Map(); // lane -> { abort, next }, while a question of it is under way
  let rev = 0;

  function ask(value, lane = "") {
    const flight = flights.get(lane);
    if (flight) flight.next = value;
    else fly(value, lane);
  }

  async function fly(value, lane) {
    const flight = { abort: new AbortController(), next: undefined };
    flights.set(lane, flight);
    let end = null; // how to tell the end; nothing where it was cancelled
    try {
      const reply = await fetch(new URL(`../ask/${name}`, import.meta.url), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ ...value, ...(network && { network }), rev: ++rev }),
        signal: flight.abort.signal,
      });
      if (!reply.ok) throw new Error((await reply.json()).error);
      for await (const said of messages(reply.body)) {
        if ("place" in said) told.place(said.place, lane);
        else if ("done" in said) told.done(said.done, lane);
        else if ("answer" in said) end = () => told.answer(said.answer, lane);
        else end = () => told.failed(said.error, lane);
      }
      end ??= () => told.failed(say("frame.lost"), lane);
    } catch (error) {
      // fetch says TypeError where the server is out of reach, and a broken reply is no JSON
      if (!flight.abort.signal.aborted) {
        const line = error instanceof TypeError || error instanceof SyntaxError ? say("frame.lost") : error.message;
        end = () => told.failed(line, lane);
      }
    }
    if (flights.get(lane) !== flight) return; // cancelled; maybe another one flies there now
    flights.delete(lane);
    told.ended(lane);
    if (flight.next !== undefined) fly(flight.next, lane);
    else end?.();
  }

  function cancel(lane = "") {
    const flight = flights.get(lane);
    if (!flight) return;
    flights.delete(lane);
    flight.abort.abort();
    told.ended(lane);
  }

  return { ask, cancel, close: () => [...flights.keys()].forEach(cancel) };
}

/** The lines of a reply as they come, each a JSON value. */
async function* messages(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) yield JSON.parse(line);
  }
}

/** Brings a photo, an example or any file to the server. */
export async function upload(file, { as = "photo", said = () => {}, signal, limit = Infinity } = {}) {
  if (as === "photo" && file.size > limit) throw new Error(say("photo.too_large", { megabytes: limit / 1e6 }));
  const address = new URL(as === "photo" ? "../photos" : "../files", import.meta.url);
  const name = file.example ?? file.name ?? as;
  address.searchParams.set(file.example ? "example" : "name", name);
  const { status, text } = await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how much is sent
    request.upload.onprogress = (event) => event.lengthComputable && said(event.loaded / event.total);
    request.onload = () => resolve({ status: request.status, text: request.responseText });
    request.onerror = () => reject(new Error(say("frame.not_sent")));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.open("POST", address);
    request.send(file.example ? null : file);
  });
  let values = null;
  try {
    values = JSON.parse(text);
  } catch {
    throw new Error(say("frame.not_sent"));
  }
  if (status >= 300) throw new Error(values.error ?? say("frame.not_sent"));
  return { ...values, name };
}

/** ?hide=tools,table hides what has data-control="tools" or "table". */
function hiding() {
  const style = element("style");
  style.textContent = link.hide.map((name) => `[data-control="${CSS.escape(name)}"] { display: none !important; }`).join("\n");
  return style;
}
