import type { TopLevelSpec } from "vega-lite";

/** A plot as SVG. What draws it is loaded when a report is written: no other command needs it. */
export async function draw(spec: TopLevelSpec): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new View(parse(compile({ ...spec, config, padding: 4 }).spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** How every plot looks. Colours are CSS variables of the page, so that they follow its light or dark scheme. */
const config = {
  background: "transparent",
  font: "system-ui, sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: "var(--ink)",
    titleColor: "var(--soft)",
    gridColor: "var(--line)",
    domainColor: "var(--line)",
    tickColor: "var(--line)",
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    labelLimit: 220,
  },
  header: { labelColor: "var(--ink)", labelFontSize: 13, labelFontWeight: 600 },
  legend: { labelColor: "var(--ink)", labelFontSize: 12, labelLimit: 240 },
} as const;
