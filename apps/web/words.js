// Every string a person reads, from the catalogue of the page's language, which Gradio's head has settled.

export const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";

const catalogue = await (await fetch(new URL(`../text/${language}.json`, import.meta.url))).json();

export function say(key, values = {}) {
  return (catalogue[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
