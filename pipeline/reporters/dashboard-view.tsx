import { Box, Static, Text } from "ink";
import type { ReactNode } from "react";
import type { Notice } from "../contract/events.js";
import { bytes } from "../system/byte-size.js";
import { clock, count, counted, duration, nounOf, transferText } from "./format.js";
import type { RunProgress, StepState } from "./progress.js";
import { doneOf, speed } from "./step-text.js";

interface PictureProps {
  readonly progress: RunProgress;
  /** Size of the terminal. */
  readonly columns: number;
  readonly rows: number;
  /** Whether keys steer the run. */
  readonly hasKeys: boolean;
}

/** What was noticed, which stays above, and the picture below it. */
export function DashboardView(props: PictureProps): ReactNode {
  return (
    <>
      <Static items={props.progress.notices.map((notice, key) => ({ ...notice, key }))}>
        {({ key, ...notice }) => (
          <Text key={key} {...(notice.level === "warning" ? { color: "yellow" } : { dimColor: true })}>
            {noticeText(notice)}
          </Text>
        )}
      </Static>
      <Picture {...props} />
    </>
  );
}

/** A notice as it stands on the screen, in one line. */
export function noticeText({ level, message }: Pick<Notice, "level" | "message">): string {
  return level === "warning" ? `warning: ${message}` : message;
}

/** One picture of a run, for a terminal of this size. Lines are cut, never wrapped. */
function Picture({ progress, columns, rows, hasKeys }: PictureProps): ReactNode {
  const { run, finished } = progress;
  return (
    <Box flexDirection="column">
      <Text wrap="truncate">
        <Text bold>{run?.pipeline ?? "planning"}</Text>
        {progress.pause !== null && <Text color="yellow">{`  ${progress.pause}`}</Text>}
        <Text
          dimColor
        >{`  ${clock(progress.seconds)}${run === null ? "" : `  ·  seed ${run.seed}  ·  run ${run.run}`}`}</Text>
      </Text>
      <Steps
        progress={progress}
        layout={layoutFor(columns, progress.steps)}
        room={Math.max(
          3,
          rows -
            linesBesideSteps -
            (progress.longestItem === null ? 0 : 1) -
            (rows >= leastRowsForAnswer && progress.answers.size > 0 ? linesOfAnswer + 1 : 0),
        )}
      />
      {finished === null && rows >= leastRowsForAnswer && <Answer progress={progress} />}
      {finished === null && <Footer progress={progress} columns={columns} hasKeys={hasKeys} />}
    </Box>
  );
}

/** The header, a line for earlier steps, three below the steps, and the one that the cursor stands in. */
const linesBesideSteps = 6;

/** What a model is writing is shown where this much is left for the rest. */
const leastRowsForAnswer = 20;
const linesOfAnswer = 6;

/** The last lines of the answer that was begun first. */
function Answer({ progress }: { progress: RunProgress }): ReactNode {
  const [answer] = progress.answers.values();
  if (answer === undefined) return null;
  const lines = answer.text
    .trimEnd()
    .split("\n")
    .slice(-linesOfAnswer)
    .map((text, index) => ({ text, index }));
  return (
    <>
      <Text wrap="truncate" dimColor>{`    ${answer.about}`}</Text>
      {lines.map(({ text, index }) => (
        <Text key={index} wrap="truncate">{`    │ ${text.replaceAll("\t", "    ")}`}</Text>
      ))}
    </>
  );
}

/** Widths of the columns; 0 leaves a column out. */
interface Layout {
  readonly name: number;
  readonly counts: number;
  readonly bar: number;
}

function layoutFor(columns: number, steps: readonly StepState[]): Layout {
  const name = Math.max(8, ...steps.map(({ step }) => step.length));
  return {
    name: Math.min(name, Math.max(8, columns - 30)),
    counts: columns >= 76 ? 20 : 0,
    bar: columns >= 100 ? 24 : columns >= 60 ? 14 : 0,
  };
}

function Steps({ progress, layout, room }: { progress: RunProgress; layout: Layout; room: number }): ReactNode {
  const { steps } = progress;
  const waiting = steps.filter(({ status }) => status === "waiting");
  const [next, ...later] = waiting;
  const begun = steps.filter(({ status }) => status !== "waiting");
  // Where the terminal is low, the oldest lines of what has ended make room.
  const ended = begun.filter(({ status }) => status !== "running");
  const hidden = Math.max(0, Math.min(ended.length, begun.length + Math.min(2, waiting.length) - room));
  const shown = begun.filter((state) => !ended.slice(0, hidden).includes(state));
  return (
    <>
      {hidden > 0 && <Text dimColor>{`  ✔ ${counted(hidden, "earlier step")}`}</Text>}
      {shown.map((state) =>
        state.status === "running" ? (
          <RunningStep key={state.step} state={state} progress={progress} layout={layout} />
        ) : (
          <EndedStep key={state.step} state={state} layout={layout} />
        ),
      )}
      {next !== undefined && progress.finished === null && (
        <Text wrap="truncate" dimColor>{`  · ${next.step.padEnd(layout.name)}  ${waitsFor(next, steps)}`}</Text>
      )}
      {later.length > 0 && progress.finished === null && (
        <Text wrap="truncate" dimColor>{`  · ${later.map(({ step }) => step).join(" · ")}`}</Text>
      )}
    </>
  );
}

function waitsFor({ from }: StepState, steps: readonly StepState[]): string {
  const open = from.filter((id) => steps.some(({ step, status }) => step === id && status !== "finished"));
  return open.length === 0 ? "is next" : `waits for ${open.join(", ")}`;
}

function EndedStep({
  state: { step, status, finished, reads, writes, progress },
  layout,
}: {
  state: StepState;
  layout: Layout;
}): ReactNode {
  if (status === "stopped") {
    const done =
      progress === null || progress.total === 0 ? "" : `stopped at ${count(progress.done)}/${count(progress.total)}`;
    return (
      <Text wrap="truncate">
        <Text color="red">{"  ✖ "}</Text>
        {`${step.padEnd(layout.name)}  ${done}`}
      </Text>
    );
  }
  if (finished === null) return null;
  const { cached, seconds, in: taken, skipped, out, dropped, failed, refused } = finished;
  // Parts of records are counted at the end: beside what came in and went out, they would not add up.
  const left = dropped + failed + refused;
  const leftOut = left === 0 ? "" : `${count(left)} left out`;
  return (
    <Text wrap="truncate">
      <Text color="green">{"  ✔ "}</Text>
      {step.padEnd(layout.name)}
      {layout.counts > 0 && (
        <Text
          dimColor
        >{`  ${(reads === "" ? "" : counted(taken - skipped, nounOf(reads))).padStart(layout.counts)}`}</Text>
      )}
      {`  ${counted(out, nounOf(writes)).padStart(layout.counts)}`}
      <Text color="yellow">{`  ${leftOut.padStart(layout.counts > 0 ? 14 : 0)}`}</Text>
      <Text dimColor>{`  ${cached ? "finished before" : duration(seconds)}`}</Text>
    </Text>
  );
}

function RunningStep({
  state,
  progress,
  layout,
}: {
  state: StepState;
  progress: RunProgress;
  layout: Layout;
}): ReactNode {
  const { step } = state;
  const left = progress.paceOf(state)?.left ?? null;
  const { done = 0, total = 0, out = 0, dropped = 0 } = state.progress ?? {};
  const facts = [
    ...(total > 0 ? [doneOf(state)] : []),
    ...(left === null ? [] : [`ETA ${clock(left)}`]),
    ...speed(progress, state),
    ...(out > 0 ? [`${count(out)} out`] : []),
    ...(dropped > 0 ? [`${count(dropped)} dropped`] : []),
  ];
  return (
    <Text wrap="truncate">
      <Text color="cyan">{"  ▸ "}</Text>
      <Text bold>{step.padEnd(layout.name)}</Text>
      {layout.bar > 0 && (
        <>
          {"  "}
          <Bar done={done} total={progress.expectedOf(state) ?? 0} width={layout.bar} />
        </>
      )}
      {`  ${facts.join("  ")}`}
    </Text>
  );
}

function Bar({ done, total, width }: { done: number; total: number; width: number }): ReactNode {
  const filled = total === 0 ? 0 : Math.min(width, Math.floor((done / total) * width));
  return (
    <>
      <Text color="cyan">{"█".repeat(filled)}</Text>
      <Text dimColor>{"░".repeat(width - filled)}</Text>
    </>
  );
}

function Footer({ progress, columns, hasKeys }: Omit<PictureProps, "rows">): ReactNode {
  const { models, transfers, longestItem } = progress;
  const facts = [...transfers.values()].map(
    (transfer) => `fetching ${transfer.what}  ${transferText(transfer, progress.secondsLeft(transfer))}`,
  );
  for (const { model, processes, memoryBytes } of models)
    facts.push(`model ${model} · ${processes} ${processes === 1 ? "process" : "processes"} · ${bytes(memoryBytes)}`);
  if (longestItem !== null) facts.push(`in work ${longestItem.about} · ${clock(longestItem.seconds)}`);
  return (
    <>
      {facts.map((fact) => (
        <Text key={fact} wrap="truncate">
          {fact}
        </Text>
      ))}
      <Text dimColor wrap="truncate">
        {lastLine(progress, columns, hasKeys)}
      </Text>
    </>
  );
}

/** How the run is steered, as far as it fits. */
function lastLine({ pause }: RunProgress, columns: number, hasKeys: boolean): string {
  const [long, short] = hasKeys
    ? [`p ${pause === null ? "pause" : "go on"} · s skip what is in work · q stop (nothing is lost)`, "p · s · q"]
    : ["stop: Ctrl-C (nothing is lost)", "Ctrl-C stops"];
  return columns >= long.length ? long : short;
}
