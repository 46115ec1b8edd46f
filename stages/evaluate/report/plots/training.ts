import type { TopLevelSpec } from "vega-lite";
import type { Training } from "../../lib/figures/training.js";

const width = 620;
/** A mean is of a twentieth of the training, so that what is noise from step to step does not hide where it goes. */
const partOfTraining = 20;

/**
 * Loss by step, each entry of the log and their moving mean, with the validation loss at the end; the learning rate
 * below it.
 */
export function trainingPlot({ log, facts }: Training): TopLevelSpec {
  const losses = log.flatMap(({ step, loss }) => (loss === null ? [] : [{ step, loss }]));
  const rates = log.flatMap(({ step, learningRate }) => (learningRate === null ? [] : [{ step, rate: learningRate }]));
  const last = log.at(-1)?.step ?? 0;
  const x = {
    field: "step",
    type: "quantitative",
    scale: { domain: [0, last] as number[], nice: false },
    axis: { tickMinStep: 1, format: "d", grid: false },
  } as const;
  const half = halfWindow(log);
  const { validation_loss: validation } = facts;
  return {
    vconcat: [
      {
        width,
        height: 200,
        data: { values: losses },
        transform: [{ window: [{ op: "mean", field: "loss", as: "mean" }], frame: [-half, half] as [number, number] }],
        layer: [
          {
            mark: { type: "line", strokeWidth: 1, opacity: half === 0 ? 1 : 0.35, color: "var(--c0)" },
            encoding: { x: { ...x, title: null }, y: { ...y("loss", "loss, nats a token") } },
          },
          ...(half === 0
            ? []
            : [
                {
                  mark: { type: "line", strokeWidth: 2.2, color: "var(--c0)" } as const,
                  encoding: { x: { ...x, title: null }, y: { ...y("mean", "loss, nats a token") } },
                },
              ]),
          ...(typeof validation === "number" ? validationMark(last, validation, x) : []),
        ],
      },
      {
        width,
        height: 70,
        data: { values: rates },
        mark: { type: "line", strokeWidth: 1.8, color: "var(--c2)" },
        encoding: {
          x: { ...x, title: "step" },
          y: { ...y("rate", "learning rate"), axis: { tickCount: 3, format: ".0e", grid: true } },
        },
      },
    ],
    spacing: 14,
  };
}

/** Entries on either side of one that are in its mean; 0: the training is too short for any. */
export function halfWindow(log: Training["log"]): number {
  return Math.floor(log.filter(({ loss }) => loss !== null).length / partOfTraining / 2);
}

function y(field: string, title: string) {
  return {
    field,
    type: "quantitative",
    title,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5, grid: true },
  } as const;
}

function validationMark(step: number, loss: number, x: object) {
  const at = { x: { ...x, title: null }, y: y("loss", "loss, nats a token") } as const;
  const data = { values: [{ step, loss, label: `validation ${loss.toFixed(3)}` }] };
  return [
    {
      data,
      mark: { type: "point", filled: true, size: 80, opacity: 1, shape: "diamond", color: "var(--c1)" } as const,
      encoding: at,
    },
    {
      data,
      mark: {
        type: "text",
        align: "right",
        baseline: "bottom",
        dx: -8,
        dy: -4,
        fontSize: 12,
        color: "var(--c1)",
      } as const,
      encoding: { ...at, text: { field: "label", type: "nominal" } as const },
    },
  ];
}
