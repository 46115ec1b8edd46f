/**
 * A program of a benchmark of correct and buggy programs, in the layout of QuixBugs:
 *
 *     correct_python_programs/NAME.py     the correct program, a function called NAME
 *     python_programs/NAME.py             the buggy one
 *     json_testcases/NAME.json            a case a line: [[argument, ...], expected]
 *     python_testcases/test_NAME.py       pytest
 */
export interface Program {
  readonly name: string;
  /** The folder that holds the four others, POSIX with a slash at its end; empty for the top of the source. */
  readonly root: string;
}

/** The program whose correct form stands at this path; null for any other file. */
export function correctProgram(path: string): Program | null {
  return programIn("correct_python_programs", path);
}

/** The program whose buggy form stands at this path; null for any other file. */
export function buggyProgram(path: string): Program | null {
  return programIn("python_programs", path);
}

/** Where the files of a program are, POSIX paths inside the source. */
export function filesOf({ name, root }: Program) {
  return {
    correct: `${root}correct_python_programs/${name}.py`,
    buggy: `${root}python_programs/${name}.py`,
    cases: `${root}json_testcases/${name}.json`,
    tests: `${root}python_testcases/test_${name}.py`,
  };
}

function programIn(folder: string, path: string): Program | null {
  const [, root = "", name = ""] = new RegExp(String.raw`^((?:.+/)?)${folder}/([^/]+)\.py$`, "u").exec(path) ?? [];
  return name === "" ? null : { name, root };
}
