// The ways a photo comes: chosen, dropped, pasted, taken with the camera.
import { hasCamera, shoot } from "./camera.js";
import { element } from "./dom.js";
import { say } from "./words.js";

// What hrnet.image reads. Naming these makes an iPhone hand over a JPEG instead of its HEIC.
const KINDS = "image/jpeg,image/png,image/webp,image/avif,image/gif,image/bmp,image/tiff";

/** Gives the buttons. Calls take(file) for every photo, complain(line) where there is none.
 *  host: where photos may be dropped, and where the camera appears. */
export function ways(host, take, complain) {
  const input = element("input", { type: "file", accept: KINDS, class: "unseen", tabindex: "-1", "aria-label": say("photo.choose") });
  input.addEventListener("change", () => {
    if (input.files[0]) take(input.files[0]);
    input.value = ""; // so that the same file can be chosen again
  });

  const first = (items) => [...items].map((item) => item.getAsFile?.() ?? item).find((file) => file instanceof File);

  document.addEventListener("paste", (event) => {
    if (!host.isConnected || event.composedPath()[0].closest?.("input, textarea")) return;
    const file = first(event.clipboardData.files);
    if (file) take(file);
    else complain(say("photo.nothing_pasted"));
  });

  let inside = 0; // entering a child leaves its parent
  const carriesFile = (event) => event.dataTransfer?.types.includes("Files");
  host.addEventListener("dragenter", (event) => carriesFile(event) && host.classList.toggle("over", ++inside > 0));
  host.addEventListener("dragleave", (event) => carriesFile(event) && host.classList.toggle("over", --inside > 0));
  document.addEventListener("dragover", (event) => carriesFile(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carriesFile(event) || !host.isConnected) return;
    event.preventDefault(); // elsewhere on the page the browser would leave it for the file
    inside = 0;
    host.classList.remove("over");
    const file = first(event.dataTransfer.files);
    if (file) take(file);
  });

  const camera = async () => {
    try {
      const file = await shoot(host);
      if (file) take(file);
    } catch (error) {
      complain(say(error.name === "NotFoundError" ? "camera.none" : "camera.refused", { reason: error.message }));
    }
  };

  const paste = async () => {
    try {
      for (const item of await navigator.clipboard.read()) {
        const kind = item.types.find((type) => type.startsWith("image/"));
        if (kind) return take(new File([await item.getType(kind)], `pasted.${kind.split("/")[1]}`, { type: kind }));
      }
      complain(say("photo.nothing_pasted"));
    } catch (error) {
      complain(say("photo.paste_refused"));
    }
  };

  const button = (key, onclick, kind) => element("button", { type: "button", class: kind, onclick }, say(key));
  return [
    input,
    button("photo.choose", () => input.click(), "primary"),
    navigator.clipboard?.read ? button("photo.paste", paste) : null,
    hasCamera() ? button("photo.camera", camera) : null,
  ].filter(Boolean);
}
