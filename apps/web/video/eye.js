// The visitor's own camera: one clear line where it cannot be had.
import { say } from "../words.js";

const WHY = {
  NotAllowedError: "video.camera_refused",
  SecurityError: "video.camera_refused",
  NotFoundError: "video.camera_none",
  OverconstrainedError: "video.camera_none",
  NotReadableError: "video.camera_taken",
};

/** A stream of pictures without sound. facing: "user" or "environment". Rejects with one line. */
export async function eye(facing = "user") {
  if (!navigator.mediaDevices?.getUserMedia) throw new Error(say("video.camera_insecure"));
  try {
    const video = { facingMode: { ideal: facing }, width: { ideal: 1280 }, height: { ideal: 720 } };
    return await navigator.mediaDevices.getUserMedia({ video });
  } catch (error) {
    throw new Error(say(WHY[error.name] ?? "video.camera_failed", { reason: error.message }));
  }
}

/** How many cameras there are; known once one was allowed. */
export async function cameras() {
  return (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput").length;
}

export const close = (stream) => stream?.getTracks().forEach((track) => track.stop());
