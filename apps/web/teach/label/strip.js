// All pictures of the set in a row, each with how many of its joints are labeled. Small pictures are asked for as they
// come into sight, many on one sheet.
import { element } from "../../dom.js";
import { say } from "../../words.js";

const AT_ONCE = 40; // pictures on one sheet: MOST_SHOWN of apps/views/teach/label.py

/** told: open(id), sheet(ids). Gives { root, show(rows), update(row), choose(id), place(sheet), failed(), ids }. */
export function strip(told) {
  const list = element("ol", {});
  const root = element("nav", { class: "strip", "aria-label": say("teach.label.pictures"), "data-control": "strip" }, list);
  const items = new Map(); // id -> { row, button, count, image }
  const wanted = new Set();
  let asked = null; // ids on the sheet that is under way
  let chosen = null;

  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      const id = Number(target.dataset.picture);
      if (isIntersecting && !items.get(id)?.placed) wanted.add(id);
      else wanted.delete(id);
    }
    want();
  }, { root, rootMargin: "300px" });

  function want() {
    if (asked || !wanted.size) return;
    asked = [...wanted].slice(0, AT_ONCE);
    told.sheet(asked);
  }

  function item(row, number) {
    const image = element("span", { class: "small" });
    const count = element("span", { class: "count" });
    const button = element("button", { type: "button", "data-picture": row.id, onclick: () => told.open(row.id) }, image, count);
    return { row, number, image, count, button };
  }

  function write({ row, number, count, button }) {
    const whole = row.joints || row.least;
    count.textContent = `${row.labeled}/${whole}`;
    button.dataset.state = row.labeled === 0 ? "empty" : row.labeled < whole ? "some" : "full";
    button.setAttribute("aria-label", say("teach.label.picture_has", { number, name: row.name, labeled: row.labeled, joints: whole }));
    button.title = row.name;
  }

  return {
    root,
    get ids() { return [...items.keys()]; },
    number: (id) => items.get(id)?.number,
    row: (id) => items.get(id)?.row,
    /** rows: as the server lists them; joints: of one thing. */
    show(rows, joints) {
      seen.disconnect();
      const before = new Map(items);
      items.clear();
      rows.forEach((row, place) => {
        const made = before.get(row.id) ?? item(row, place + 1);
        Object.assign(made, { row: { ...row, least: joints }, number: place + 1 });
        items.set(row.id, made);
        write(made);
      });
      list.replaceChildren(...[...items.values()].map(({ button }) => element("li", {}, button)));
      for (const { button } of items.values()) seen.observe(button);
      this.choose(chosen);
    },
    /** What a stroke has changed of one picture. */
    update(id, values) {
      const one = items.get(id);
      if (!one) return;
      Object.assign(one.row, values);
      write(one);
    },
    choose(id) {
      items.get(chosen)?.button.removeAttribute("aria-current");
      chosen = id;
      const button = items.get(id)?.button;
      if (!button) return;
      button.setAttribute("aria-current", "true");
      const { left, top, width, height } = button.getBoundingClientRect();
      const around = root.getBoundingClientRect(); // not scrollIntoView: the page is to stay where it is
      root.scrollBy({ left: left + width / 2 - around.left - around.width / 2, top: top + height / 2 - around.top - around.height / 2 });
    },
    place({ url, pictures, columns, cell: [height, width] }) {
      const rows = Math.ceil(pictures.length / columns);
      pictures.forEach((id, number) => {
        const one = items.get(id);
        if (!one) return;
        const [column, row] = [number % columns, Math.floor(number / columns)];
        const share = (place, count) => (count > 1 ? (100 * place) / (count - 1) : 0);
        one.image.style.backgroundImage = `url("${url}")`;
        one.image.style.backgroundSize = `${columns * 100}% ${rows * 100}%`;
        one.image.style.backgroundPosition = `${share(column, columns)}% ${share(row, rows)}%`;
        one.image.style.aspectRatio = `${width} / ${height}`;
        one.placed = true;
        wanted.delete(id);
      });
      asked = null;
      want();
    },
    failed() {
      for (const id of asked ?? []) wanted.delete(id); // asked for again when they come into sight again
      asked = null;
    },
    close: () => seen.disconnect(),
  };
}
