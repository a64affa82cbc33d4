"""The report's look: one sheet of rules, light and dark, for a phone and for a desk. Nothing is fetched."""

from hrnet.colors import ON_DARK, ON_LIGHT

# The five kinds of hrnet.metrics.errors from right to wrong, told apart by lightness, too; contrast with the page and
# between neighbors is 3:1 or there is a gap between them.
KIND_COLORS = {
    "good": ("#1a7f37", "#3fb950"),
    "jitter": ("#8fc79b", "#1f5c2e"),
    "inversion": ("#b8860b", "#e3b341"),
    "swap": ("#7d4fb8", "#b392f0"),
    "miss": ("#b42318", "#ff7b72"),
}


def _variables(palette, place: int) -> str:
    kinds = "".join(f"--{kind}: {colors[place]}; " for kind, colors in KIND_COLORS.items())
    return f"--left: {palette.left}; --right: {palette.right}; --middle: {palette.middle}; {kinds}"


LIGHT = "--ink: #1b1f24; --ink-2: #57606a; --paper: #fff; --paper-2: #f6f7f9; --line: #d8dee4; --accent: #0b6bcb; "
DARK = "--ink: #e6edf3; --ink-2: #9aa4af; --paper: #14181d; --paper-2: #1c2229; --line: #30363d; --accent: #58a6ff; "

STYLE = (
    f"""
:root {{ color-scheme: light dark; {LIGHT}{_variables(ON_LIGHT, 0)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {DARK}{_variables(ON_DARK, 1)} }} }}
"""
    + """
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 32px 24px 64px; max-width: 1080px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 48px 0 4px; }
p { margin: 4px 0 12px; max-width: 72ch; color: var(--ink-2); }
a { color: var(--accent); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; font-size: 12.5px; color: var(--ink-2); }
th, td { padding: 3px 16px 3px 0; vertical-align: baseline; }
.number { text-align: right; font: 12.5px/1.4 ui-monospace, Menlo, Consolas, monospace; white-space: nowrap; }
.scroll { overflow-x: auto; }
.rows { width: 100%; }
.rows tr + tr td, .rows thead + tbody td { border-top: 1px solid var(--line); }
.figures { display: flex; flex-wrap: wrap; gap: 4px 28px; margin: 20px 0 8px; padding: 0; }
.figures div { min-width: 64px; }
.figures dt { font-size: 12.5px; color: var(--ink-2); }
.figures dd { margin: 0; font: 600 20px/1.3 ui-monospace, Menlo, Consolas, monospace; }
.figures div:first-child dd { color: var(--accent); font-size: 34px; line-height: 1.1; }
.conditions { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 12px 0;
  font-size: 13.5px; overflow-wrap: anywhere; }
.conditions dt { color: var(--ink-2); }
.conditions dd { margin: 0; }
.bar { display: flex; height: 14px; gap: 1px; }
.bar i { display: block; min-width: 1px; }
.bar.tall { height: 28px; margin: 12px 0 8px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 8px; padding: 0; list-style: none;
  font-size: 13.5px; }
.legend i { display: inline-block; width: 11px; height: 11px; margin-right: 6px; }
.wide { width: 42%; min-width: 140px; }
.joint { white-space: nowrap; }
svg { display: block; width: 100%; height: auto; overflow: visible; font: 12px ui-monospace, Menlo, Consolas, monospace;
  fill: var(--ink-2); }
.key { width: 26px; display: inline; margin-right: 6px; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 32px 48px;
  margin-top: 48px; }
.plots h2 { margin-top: 0; }
.axis { stroke: var(--line); fill: none; }
.persons { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 320px), 1fr)); gap: 24px 20px;
  margin-top: 16px; }
figure { margin: 0; min-width: 0; }
figure div { display: grid; grid-template-columns: 1fr 1fr; gap: 2px; }
figure img { display: block; width: 100%; height: auto; background: var(--paper-2); border-radius: 4px; }
figcaption { font-size: 12.5px; line-height: 1.45; margin-top: 6px; color: var(--ink-2); overflow-wrap: anywhere; }
figcaption b { color: var(--ink); font: 600 12.5px ui-monospace, Menlo, Consolas, monospace; }
@media (max-width: 640px) { body { padding: 20px 16px 48px; }
  .figures { gap: 8px 16px; } .figures div:first-child { flex-basis: 100%; } .conditions { gap: 4px 12px; }
  .scroll table { min-width: 720px; } th, td { padding-right: 10px; } .optional { display: none; }
  .wide { width: auto; min-width: 96px; } .persons { grid-template-columns: 1fr; } }
@media print { body { max-width: none; padding: 0; } figure, .bar { break-inside: avoid; } }
"""
)
