/** The records of the stages that ship, for whoever reads them from outside: the command line, a stage of one's own. */
export { Score } from "./evaluate/lib/records.js";
export { Shard, Target } from "./python/lib/records.js";
export { PytestEvidence, testedTarget, unverified } from "./tests/lib/evidence/pytest-evidence.js";
