// One photo from the camera: a live picture, a button, and the name of the camera that is used.
import { element } from "./dom.js";
import { say } from "./words.js";

const QUALITY = 0.95; // of the JPEG, of 1

/** Whether a page may ask for it here at all: only on https or on this machine itself. */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** Shows the camera in `host` and resolves to a File, or to null where the visitor thinks better of it.
 *  Rejects with the browser's error where there is no camera, or it is not allowed. */
export async function shoot(host) {
  let wish = { facingMode: { ideal: "environment" } };
  const video = element("video", { autoplay: true, muted: true, playsinline: true });
  video.muted = true;
  const label = element("span", { class: "aside" });
  let stream = null;

  const stop = () => stream?.getTracks().forEach((track) => track.stop());
  const open = async () => {
    stop();
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...wish, width: { ideal: 1920 } } });
    video.srcObject = stream;
    label.textContent = stream.getVideoTracks()[0].label;
  };
  await open();
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");

  return new Promise((resolve) => {
    const end = (file) => {
      stop();
      panel.remove();
      resolve(file);
    };
    const take = () => {
      const still = document.createElement("canvas");
      [still.width, still.height] = [video.videoWidth, video.videoHeight];
      if (!still.width) return;
      still.getContext("2d").drawImage(video, 0, 0);
      still.toBlob((blob) => end(new File([blob], "camera.jpg", { type: "image/jpeg" })), "image/jpeg", QUALITY);
    };
    const other = async () => {
      const now = stream.getVideoTracks()[0].getSettings().deviceId;
      const next = (cameras.findIndex(({ deviceId }) => deviceId === now) + 1) % cameras.length;
      wish = { deviceId: { exact: cameras[next].deviceId } };
      await open().catch(() => end(null));
    };
    const panel = element(
      "div",
      { class: "camera" },
      video,
      element(
        "div",
        { class: "tools" },
        element("button", { type: "button", class: "primary", onclick: take }, say("camera.take")),
        cameras.length > 1 ? element("button", { type: "button", onclick: other }, say("camera.other")) : null,
        element("button", { type: "button", onclick: () => end(null) }, say("camera.cancel")),
        label,
      ),
    );
    host.append(panel);
    panel.querySelector("button").focus();
  });
}
