// The ways files come: chosen, a whole folder, dropped, pasted. Each as { file, path }, with its path below what was chosen.
import { element } from "../dom.js";
import { say } from "../words.js";

const LEFT_BEHIND = /(^|\/)(\.|__MACOSX\/|Thumbs\.db$|desktop\.ini$)/; // what systems leave in folders

/** Calls take([{ file, path }, ...]), never with none; complain(line) otherwise. host: where files may be dropped.
 *  Gives { buttons, close() }. */
export function ways(host, take, complain) {
  const hand = (entries) => {
    const kept = entries.filter(({ path }) => !LEFT_BEHIND.test(path));
    if (kept.length) take(kept);
    else complain(say("teach.bring.nothing"));
  };
  const listed = (files) => [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
  const input = (attributes) => {
    const made = element("input", { type: "file", class: "unseen", tabindex: "-1", multiple: true, ...attributes });
    made.addEventListener("change", () => {
      const entries = listed(made.files);
      made.value = ""; // so that the same files can be chosen again
      if (entries.length) hand(entries);
    });
    return made;
  };
  const files = input({ "aria-label": say("teach.bring.files"), class: "unseen files" });
  const folder = input({ "aria-label": say("teach.bring.folder"), class: "unseen folder", webkitdirectory: true });
  const button = (key, onclick, kind) => element("button", { type: "button", class: kind, onclick }, say(key));

  const gone = new AbortController();
  const on = (node, kind, call) => node.addEventListener(kind, call, { signal: gone.signal });
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  let inside = 0; // entering a child leaves its parent
  on(host, "dragenter", (event) => carriesFile(event) && host.classList.toggle("over", ++inside > 0));
  on(host, "dragleave", (event) => carriesFile(event) && host.classList.toggle("over", --inside > 0));
  on(document, "dragover", (event) => carriesFile(event) && event.preventDefault());
  on(document, "drop", async (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault(); // elsewhere on the page the browser would leave it for the file
    inside = 0;
    host.classList.remove("over");
    const roots = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean); // now or never
    const plain = listed(event.dataTransfer.files);
    try {
      hand(roots.length ? (await Promise.all(roots.map(below))).flat() : plain);
    } catch (error) {
      complain(say("teach.bring.unreadable", { reason: error.message }));
    }
  });
  on(document, "paste", (event) => {
    if (event.composedPath()[0].closest?.("input, textarea")) return;
    if (event.clipboardData.files.length) hand(pasted(event.clipboardData.files));
  });

  return {
    buttons: [files, folder, button("teach.bring.files", () => files.click(), "primary choose"), button("teach.bring.folder", () => folder.click(), "choose-folder")],
    close: () => gone.abort(),
  };
}

/** The clipboard calls every picture "image.png". */
function pasted(files) {
  const now = new Date().toISOString().replace(/\D/g, "").slice(0, 14);
  return [...files].map((file, place) => ({ file, path: `pasted-${now}-${place + 1}.${file.name.split(".").pop()}` }));
}

/** All files of a dropped file or folder. */
async function below(entry) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    return [{ file, path: entry.fullPath.replace(/^\//, "") }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // a hundred at a time
    if (!some.length) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(below))).flat();
}
