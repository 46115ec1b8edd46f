/** An argument as it is written in a call. */
export interface Argument {
  /** Parameter that takes it; null where `*args` do. */
  readonly parameter: string | null;
  readonly byKeyword: boolean;
  /** Python source text. */
  readonly text: string;
}

/** A call of a function, without its name: what is passed, as Python source text. */
export interface Call {
  readonly arguments: readonly Argument[];
  /** What sets it apart from the first call, as part of a test's name: "empty_iterable"; empty for a first call. */
  readonly label: string;
}

/** The arguments of a call as Python source text. */
export function argumentList(call: Call): string {
  return call.arguments.map(({ parameter, byKeyword, text }) => (byKeyword ? `${parameter}=${text}` : text)).join(", ");
}
