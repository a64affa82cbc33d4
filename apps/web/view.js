// What the parts of the photo page share: a plain object, and callbacks for whoever wants to know when it changes.
//
//   shown      the last answer as apps/shown.py writes it; null before the first
//   person     the place of the chosen person in it, or -1
//   hover      { person, joint } under the pointer or with the keyboard's focus, or null
//   pin        { person, joint } that was clicked, or null
//   threshold  lowest score of a found person;  visible: lowest score of a joint that is drawn

export function shared(start) {
  const state = { shown: null, person: -1, hover: null, pin: null, ...start };
  const listeners = new Set();
  return {
    get shown() { return state.shown; },
    get person() { return state.person; },
    get hover() { return state.hover; },
    get pin() { return state.pin; },
    get threshold() { return state.threshold; },
    get visible() { return state.visible; },
    /** The joint whose heatmap is to be seen, or null. */
    get joint() { return state.hover ?? state.pin; },
    /** Whom the table and the legend mean. */
    get subject() {
      const count = state.shown?.rows[0].cells.length ?? 0;
      const place = state.hover?.person ?? (state.person >= 0 ? state.person : state.pin?.person ?? 0);
      return place < count ? place : 0;
    },
    set(parts) {
      const changed = Object.keys(parts).filter((name) => !same(state[name], parts[name]));
      Object.assign(state, parts);
      if (changed.length) listeners.forEach((listener) => listener(changed));
    },
    watch: (callback) => listeners.add(callback),
  };
}

/** The same joint of the same person, or the same thing. */
export function same(a, b) {
  return a === b || (a?.joint !== undefined && a.joint === b?.joint && a.person === b?.person);
}
