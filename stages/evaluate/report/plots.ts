import type { Report } from "../lib/figures/figures.js";
import { draw } from "./draw.js";
import { comparison } from "./plots/comparison.js";
import { differences } from "./plots/differences.js";
import { distributions } from "./plots/distributions.js";
import { operators } from "./plots/operators.js";
import { outcomes } from "./plots/outcomes.js";
import { trainingPlot } from "./plots/training.js";

/**
 * The plots of a report as SVG. Colours are CSS variables of the page, so that they follow its light or dark scheme.
 */
export interface Plots {
  /** Everyone's main metrics with their intervals. */
  readonly comparison: string;
  /** What models differ by, with intervals; null where there is one model. */
  readonly differences: string | null;
  /** How the targets are distributed over the values of a metric. */
  readonly distributions: string;
  readonly outcomes: string;
  /** Null where no mutant was run. */
  readonly operators: string | null;
  /** Loss and learning rate by step; null where no training is known. */
  readonly training: string | null;
}

/**
 * Draws every plot that the figures of a report give something to draw for. The same report gives the same SVG, byte
 * for byte.
 */
export async function drawPlots(report: Report): Promise<Plots> {
  // Vega counts the ids in its SVG through: a page has each once, and the same page always the same.
  const { resetSVGDefIds } = await import("vega");
  resetSVGDefIds();
  const hasMutants = Object.values(report.operators).some((operators) => Object.keys(operators).length > 0);
  return {
    comparison: await draw(comparison(report)),
    differences: report.comparisons.length > 0 ? await draw(differences(report)) : null,
    distributions: await draw(distributions(report)),
    outcomes: await draw(outcomes(report)),
    operators: hasMutants ? await draw(operators(report)) : null,
    training:
      report.training !== null && report.training.log.length > 0 ? await draw(trainingPlot(report.training)) : null,
  };
}
