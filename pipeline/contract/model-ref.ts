import type { Capability } from "./capabilities.js";

/** A model as an option names it, of which these capabilities were asked for: what `context.model(ref)` takes. */
export type ModelRef<C extends Capability = never> = string & { readonly [asked]: Readonly<Record<C, true>> };
declare const asked: unique symbol;
