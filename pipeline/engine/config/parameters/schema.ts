import { z } from "zod";

const target = z
  .string()
  .regex(/^(?:stage:)?[a-z0-9][\w-]*(?:\.[\w-]+)+$|^seed$/iu, "expected STEP.option, such as ask.limit");

/** What a parameter sets, or which steps it is about. */
const targets = z.union([
  target,
  z.array(target).min(1),
  z.record(target, z.union([z.null(), z.record(z.string(), z.unknown())])),
]);

const steps = z.array(z.string()).min(1);

/** A parameter as a pipeline file declares it: an option of the command line, by its name. */
export const ParameterSchema = z
  .strictObject({
    help: z.string().min(1).optional().describe("What it does, in a line, for --help"),
    sets: targets
      .optional()
      .describe(
        "The options that take its value: STEP.option, models.NAME.source, or stage:STAGE.option for all steps of a " +
          "stage; one, a list, or a mapping from these to what each value means there: { ask.show: { true: " +
          "signature } }",
      ),
    divides: z
      .union([target, z.array(target).min(1)])
      .optional()
      .describe(
        "Options that share its list: each item goes to the option that names it already, any other to the first; a " +
          "step that is left with none is left out",
      ),
    steps: z
      .union([steps, z.record(z.string(), steps)])
      .optional()
      .describe(
        "Steps that can be left out: a list makes --no-NAME, a mapping from words to steps keeps those of the words " +
          "that are named",
      ),
  })
  .refine(
    ({ sets, divides, steps: some }) => sets !== undefined || divides !== undefined || some !== undefined,
    "expected what it sets: sets: STEP.option",
  )
  .refine(
    ({ sets, divides, steps: some }) => divides === undefined || (sets === undefined && some === undefined),
    "divides stands alone",
  );

/** A parameter as the file has it. */
export type RawParameter = z.infer<typeof ParameterSchema>;

/** The mapping `parameters:` of a pipeline file, by the names that the command line knows. */
export const ParametersSchema = z.record(
  z.string().regex(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/u, "expected lower-case letters, digits and -, such as max-tokens"),
  ParameterSchema,
);
