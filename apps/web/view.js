// What the parts of one page share: a plain object, and callbacks for whoever wants to know when a part of it changes.
//
//   shown      the last answer as apps/shown.py writes it; null before the first
//   person     the place of the chosen person in it, or -1
//   failure    a new object whenever Gradio says that a question failed
//   threshold  lowest score of a found person;  visible: lowest score of a joint that is drawn

const state = { shown: null, person: -1, failure: null, threshold: 0, visible: 0 };
const listeners = new Set();

export const view = {
  get shown() { return state.shown; },
  get person() { return state.person; },
  get threshold() { return state.threshold; },
  get visible() { return state.visible; },
  set(parts) {
    const changed = Object.keys(parts).filter((name) => state[name] !== parts[name]);
    Object.assign(state, parts);
    if (changed.length) listeners.forEach((listener) => listener(changed));
  },
  watch(callback) {
    listeners.add(callback);
    return () => listeners.delete(callback);
  },
};
