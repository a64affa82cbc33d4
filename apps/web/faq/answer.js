// What Python computed for one question, as elements: a sentence with its numbers, pictures, tables, curves, sources.
import { element } from "../dom.js";
import { say } from "../words.js";
import { curves as drawCurves } from "./curves.js";

export function fill(spot, name, { said, values, pictures, tables, curves, published }) {
  spot.replaceChildren(
    element("p", { class: "faq-computed" }, say(`faq.${name}.${said}`, words(values))),
    ...(pictures.length ? [element("div", { class: "faq-pictures" }, ...pictures.map(figure))] : []),
    ...curves.map((one) => drawCurves(one, spoken)),
    ...tables.map(table),
    ...(published.length ? [sources(published)] : []),
  );
}

/** A cell or value for people: a key of the catalogue becomes its words, a joint without any its plain name. */
export function spoken(value) {
  if (typeof value !== "string" || !/^(joint|faq|column)\./.test(value)) return String(value ?? "–");
  const word = say(value);
  return word === value ? value.slice(value.indexOf(".") + 1).replaceAll("_", " ") : word;
}

const words = (values) => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, spoken(value)]));

function figure({ url, width, height, text, values, exact }) {
  const caption = say(text, words(values));
  return element("figure", {},
    element("img", { src: url, width, height, alt: caption, class: exact ? "exact" : null }),
    element("figcaption", { "aria-hidden": "true" }, caption)); // the picture says the same
}

function table({ columns, cells, digits, title }) {
  const cell = (value, column) => {
    if (typeof value !== "number") return spoken(value);
    return Number.isInteger(value) && !digits[column] ? String(value) : value.toFixed(digits[column]).replace(/^-(0\.?0*)$/, "$1"); // no minus before nothing
  };
  const numeric = columns.map((_, column) => cells.some((row) => typeof row[column] === "number"));
  return element("div", { class: "faq-scroll", tabindex: "0", role: "group", "aria-label": title ? say(title) : spoken(columns[0]) },
    element("table", {},
      title ? element("caption", {}, say(title)) : null,
      element("thead", {}, element("tr", {}, ...columns.map((key, column) => element("th", { scope: "col", class: numeric[column] ? "number" : null }, spoken(key))))),
      element("tbody", {}, ...cells.map((row) =>
        element("tr", {}, ...row.map((value, column) =>
          column ? element("td", { class: numeric[column] ? "number" : null }, cell(value, column)) : element("th", { scope: "row", class: numeric[0] ? "number" : null }, cell(value, 0))))))));
}

function sources(published) {
  return element("div", { class: "faq-published" },
    element("p", {}, say("faq.published")),
    element("ul", {}, ...published.map(({ text, value, unit, where }) =>
      element("li", {}, element("b", {}, `${value.toFixed(1)} ${unit}`), ` ${say(text)} `, element("cite", {}, where)))));
}
