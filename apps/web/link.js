// The state that belongs into the address, so that whoever is sent it sees the same: example, seed, step, muted edges.
//
//   link.get("seed")                          a string, or null
//   link.set({ seed: 3, muted: null })        null takes it out; the page stays where it is
//   link.hidden("tools")                      whether ?hide=tools,table names it
//
// `hide` also hides every element of a bench that has data-control="tools"; the frame does that (served.js).

const parameters = () => new URL(location.href).searchParams;

export const link = {
  get: (name) => parameters().get(name),

  set(values) {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries(values)) {
      if (value == null || value === "") address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  },

  get hide() {
    return (parameters().get("hide") ?? "").split(",").map((name) => name.trim()).filter(Boolean);
  },

  hidden: (name) => link.hide.includes(name),
};
