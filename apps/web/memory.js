// What a bench remembers in this tab, across pages, reloads and both front ends: a plain object, in sessionStorage.
//
//   memory.person = 2;   memory.person ?? 0;   delete memory.person;
//   memory.photo = { photo, width, height, url, name };      the chosen photo, one for all benches
//
// Values are JSON. Assign them anew, for what is changed inside of one is not noticed. Two tabs never share.

const SHARED = new Set(["photo"]);

export function memory(bench) {
  const drawer = (name) => (SHARED.has(name) ? "hrnet" : `hrnet.${bench}`);
  return new Proxy({}, {
    get: (_, name) => read(drawer(name))[name],
    has: (_, name) => name in read(drawer(name)),
    ownKeys: () => Object.keys(read(`hrnet.${bench}`)),
    getOwnPropertyDescriptor: (_, name) => ({ value: read(drawer(name))[name], configurable: true, enumerable: true, writable: true }),
    set: (_, name, value) => write(drawer(name), { ...read(drawer(name)), [name]: value }),
    deleteProperty(_, name) {
      const { [name]: gone, ...kept } = read(drawer(name));
      return write(drawer(name), kept);
    },
  });
}

const here = {}; // where the browser keeps nothing, things last as long as the page

function read(drawer) {
  if (here[drawer]) return here[drawer];
  try {
    return (here[drawer] = JSON.parse(sessionStorage.getItem(drawer)) ?? {});
  } catch {
    return (here[drawer] = {});
  }
}

function write(drawer, values) {
  here[drawer] = values;
  try {
    sessionStorage.setItem(drawer, JSON.stringify(values));
  } catch (error) {
    console.warn(`not kept beyond this page: ${error.message}`);
  }
  return true;
}
