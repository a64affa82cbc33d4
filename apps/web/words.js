// Every string a person reads, from the catalogue of the page's language, which Gradio's head has settled.

export const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

const catalogue = await (await fetch(new URL(`../text/${language}.json`, import.meta.url))).json();

/** {name} is filled in; {name|picture|pictures} is the first word where that is 1, else the second. */
export function say(key, values = {}) {
  return (catalogue[key] ?? key).replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) =>
    one === undefined ? values[name] : Number(values[name]) === 1 ? one : many);
}
