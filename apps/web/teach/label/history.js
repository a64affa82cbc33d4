// Undo and redo: every state that was, as it was. Changes make new states, so keeping them costs next to nothing.

const MOST = 500; // steps back

/** Gives { now, commit(state), replace(state), undo(), redo(), undoable, redoable }; undo and redo give whether there
 *  was a step. */
export function history(start) {
  let past = [], now = start, future = [];
  return {
    get now() { return now; },
    get undoable() { return past.length > 0; },
    get redoable() { return future.length > 0; },
    commit(state) {
      past = [...past.slice(1 - MOST), now];
      now = state;
      future = [];
    },
    /** Another state without a step of its own: what a network proposed is not to be undone. */
    replace(state) {
      now = state;
    },
    undo() {
      if (!past.length) return false;
      future = [...future, now];
      now = past.at(-1);
      past = past.slice(0, -1);
      return true;
    },
    redo() {
      if (!future.length) return false;
      past = [...past, now];
      now = future.at(-1);
      future = future.slice(0, -1);
      return true;
    },
  };
}
