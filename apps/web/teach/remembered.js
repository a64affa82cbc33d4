// The tokens of a visitor's sets, which this browser keeps: whoever knows one may see and label the set.

const DRAWER = "hrnet.sets";
const MOST = 200; // as many as Python is asked about at once

let here = null; // where the browser keeps nothing, they last as long as the page

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(DRAWER)) ?? here ?? [];
    return Array.isArray(kept) ? kept.filter((token) => typeof token === "string") : [];
  } catch {
    return here ?? [];
  }
}

function write(tokens) {
  here = tokens;
  try {
    localStorage.setItem(DRAWER, JSON.stringify(tokens));
  } catch (error) {
    console.warn(`not kept beyond this page: ${error.message}`);
  }
}

export const remembered = {
  /** Newest first. */
  get tokens() { return read(); },
  has: (token) => read().includes(token),
  add: (token) => write([token, ...read().filter((known) => known !== token)].slice(0, MOST)),
  drop: (...gone) => write(read().filter((token) => !gone.includes(token))),
};
