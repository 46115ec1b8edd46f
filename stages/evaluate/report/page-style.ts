/** Colours of contestants, which colour-blind people can tell apart: Okabe and Ito's. */
const categories = {
  light: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56a3d9", "#7a4fb5", "#6c757d"],
  dark: ["#56b4e9", "#f0883e", "#2fc499", "#e39bc4", "#d6b84a", "#8fc7ee", "#b392e8", "#9aa4ae"],
};

/** Colours of what went wrong. */
const outcomes = {
  light: ["#c4473a", "#8f3f71", "#d98841", "#5b6fa8", "#a6596b", "#7d7a3c", "#3f8088", "#996b4d"],
  dark: ["#e0695c", "#c071a0", "#e9a566", "#8b9dd6", "#d0899a", "#b1ad68", "#66b0b8", "#c39a7c"],
};

/** The style of the page. Its colours are variables, for the plots too. */
export const style = `
:root {
  --page: #fff; --ink: #1b1f24; --soft: #59636e; --line: #d8dee4; --shade: #f6f8fa; --accent: #0072b2;
  --good: #1a8754; --weak: #e0a800; --none: #c3cad2;
  ${palette("c", categories.light)}
  ${palette("r", outcomes.light)}
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0f1317; --ink: #e6eaef; --soft: #98a3af; --line: #2d353e; --shade: #171c22; --accent: #4ba3dc;
    --good: #3fb27f; --weak: #d9aa2b; --none: #4a535d;
    ${palette("c", categories.dark)}
    ${palette("r", outcomes.dark)}
  }
}
* { box-sizing: border-box; }
body { ${declarations(
  "margin: 0 auto",
  "max-width: 72rem",
  "padding: 2.5rem 1.5rem 4rem",
  "background: var(--page)",
  "color: var(--ink)",
  "font: 15px/1.5 system-ui, sans-serif",
)} }
h1 { margin: 0 0 .25rem; font-size: 1.7rem; letter-spacing: -.01em; }
h2 { margin: 2.75rem 0 .75rem; font-size: 1.1rem; }
p { margin: .2rem 0; max-width: 60rem; }
.soft, figcaption, small { color: var(--soft); }
figure { margin: 1.2rem 0 0; overflow-x: auto; }
figure svg { display: block; max-width: 100%; height: auto; }
figcaption { margin-top: .4rem; font-size: .87rem; }
.wide { overflow-x: auto; }
.tall { max-height: 42rem; overflow-y: auto; border: 1px solid var(--line); border-radius: 6px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-size: .82rem; font-weight: 500; vertical-align: bottom; }
tbody th { font-weight: 600; }
.figures td, .figures thead th { text-align: right; }
.figures td { white-space: nowrap; }
.figures td b { display: block; font-weight: 600; }
.figures td span { color: var(--soft); font-size: .78rem; }
tbody small { display: block; font-weight: 400; }
.figures tbody th { min-width: 7rem; }
.figures tr.model th { color: var(--accent); }
.figures td span { display: block; }
#glance p { margin: .15rem 0; }
#glance .wide { margin-top: .8rem; }
#glance p span.more { color: var(--good); }
#glance p span.less { color: var(--r0); }
#glance p span.unclear { color: var(--soft); }
.contestants tr.model th { color: var(--accent); white-space: nowrap; }
.contestants td, .training td { overflow-wrap: anywhere; }
.training { font-size: .9rem; }
.training th { white-space: nowrap; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.unclear b { font-weight: 400 !important; color: var(--soft); }
.more b { color: var(--good); }
.less b { color: var(--r0); }
.none { color: var(--soft); }
.definitions, .steps { font-size: .88rem; }
.steps td, .steps th:not(:first-child) { text-align: right; }
.definitions th { white-space: nowrap; }
.filters { display: flex; flex-wrap: wrap; gap: .6rem; align-items: center; margin-bottom: .6rem; }
.filters input, .filters select { ${declarations(
  "padding: .3rem .5rem",
  "border: 1px solid var(--line)",
  "border-radius: 5px",
  "background: var(--page)",
  "color: inherit",
  "font: inherit",
)} }
.filters output { color: var(--soft); font-size: .87rem; }
.targets { width: 100%; font-size: .87rem; }
.targets thead th { position: sticky; top: 0; background: var(--shade); padding: 0; }
.targets thead button { ${declarations(
  "width: 100%",
  "padding: .5rem .7rem",
  "border: 0",
  "background: none",
  "color: inherit",
  "font: inherit",
  "text-align: left",
  "cursor: pointer",
  "white-space: nowrap",
)} }
.targets th[aria-sort="ascending"] button::after { content: " ↑"; }
.targets th[aria-sort="descending"] button::after { content: " ↓"; }
.targets tbody th { min-width: 14rem; max-width: 20rem; font-weight: 500; overflow-wrap: anywhere; }
.targets td { white-space: nowrap; }
.targets th small { max-width: none; overflow-wrap: anywhere; }
.targets td small { max-width: 16rem; overflow: hidden; text-overflow: ellipsis; font-size: .78rem; }
.targets .good { color: var(--good); }
meter { width: 2.4rem; height: .7rem; vertical-align: -1px; }
`;

/** Colours as the CSS variables --c0, --c1, ... */
function palette(prefix: string, colours: readonly string[]): string {
  return colours.map((colour, index) => `--${prefix}${index}: ${colour};`).join(" ");
}

function declarations(...all: readonly string[]): string {
  return all.map((each) => `${each};`).join(" ");
}
