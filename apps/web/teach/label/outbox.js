// Strokes on their way to the server. One is under way at a time; of several for one picture only the newest follows.
// What could not be sent stays, and is sent again; what somebody else changed meanwhile comes back as a conflict.
import { same } from "./things.js";

const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds before the next try, the last one again and again

/** send({ picture, revision, things }); told: state("saved" | "sending" | "unsent", line, seconds), conflict(picture,
 *  mine, theirs, revision), kept(unsent); later(call, seconds) gives how to take it back. start: unsent strokes as they
 *  were kept, { picture: { revision, things } }. */
export function outbox({ send, told, later, start = {} }) {
  const unsent = new Map(Object.entries(start).map(([picture, stroke]) => [Number(picture), stroke]));
  const revisions = new Map();
  const disputed = new Set(); // pictures whose conflict waits for somebody's choice
  let flying = null; // { picture, things }
  let tries = 0;
  let cancel = null; // the next try

  function keep() {
    told.kept(Object.fromEntries(unsent));
  }

  function go() {
    cancel?.();
    cancel = null;
    if (flying) return;
    const next = [...unsent].find(([picture]) => !disputed.has(picture));
    if (!next) return told.state(unsent.size ? "unsent" : "saved", "", 0);
    const [picture, { revision, things }] = next;
    flying = { picture, things };
    told.state("sending", "", 0);
    send({ picture, revision, things });
  }

  return {
    /** A picture was opened in that revision. Gives the things that were not sent yet, or null. */
    opened(picture, revision) {
      if (unsent.has(picture)) return unsent.get(picture).things;
      revisions.set(picture, revision);
      return null;
    },
    put(picture, things) {
      const revision = unsent.get(picture)?.revision ?? revisions.get(picture) ?? 0;
      unsent.set(picture, { revision, things });
      keep();
      go();
    },
    /** { picture, revision }, or { picture, conflict: { revision, things } }. */
    answered({ picture, revision, conflict }) {
      const sent = flying;
      flying = null;
      tries = 0;
      const mine = unsent.get(picture);
      if (sent?.picture !== picture || !mine) return go(); // it was dropped meanwhile
      if (conflict && same(conflict.things, sent.things)) revision = conflict.revision; // it had arrived; only the answer was lost
      else if (conflict) {
        disputed.add(picture);
        told.conflict(picture, mine.things, conflict.things, conflict.revision);
        return go();
      }
      revisions.set(picture, revision);
      if (mine.things === sent.things) unsent.delete(picture);
      else unsent.set(picture, { revision, things: mine.things });
      keep();
      go();
    },
    failed(line) {
      flying = null;
      const seconds = PAUSES[Math.min(tries++, PAUSES.length - 1)];
      told.state("unsent", line, seconds);
      cancel = later(go, seconds);
    },
    /** Somebody chose: `things` hold, over that revision. */
    settle(picture, revision, things) {
      disputed.delete(picture);
      revisions.set(picture, revision);
      unsent.delete(picture);
      if (things) unsent.set(picture, { revision, things });
      keep();
      go();
    },
    /** Strokes that no longer can be: their joints are others now. Gives how many there were. */
    drop(wrong) {
      const gone = [...unsent].filter(([, { things }]) => wrong(things));
      for (const [picture] of gone) {
        unsent.delete(picture);
        disputed.delete(picture);
      }
      keep();
      go();
      return gone.length;
    },
    retry: go,
    get waiting() { return unsent.size; },
    disputed: (picture) => disputed.has(picture),
    close: () => cancel?.(),
  };
}
