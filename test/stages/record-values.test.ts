import { afterAll, beforeAll, expect, it } from "vitest";
import recordValues from "../../stages/record-values.js";
import type { Example } from "../../pipeline/records.js";
import { laterSandbox, sandboxed, type Sandboxed } from "../sandbox/sandboxed.js";
import { runStage } from "../support/run-stage.js";
import { pytestExample } from "./verify-example.js";

const prices = `
def add(a, b):
    if a is None:
        raise ValueError("no amount")
    return a + b

def each(*items):
    yield from items
`;

let box: Sandboxed;
beforeAll(async () => { box = await sandboxed({ "prices.py": prices }); });
afterAll(() => box.close());

async function recorded(code: string, name = "add"): Promise<Example> {
  const example = pytestExample(code, { name });
  const { kept } = await runStage(recordValues, [{ ...example, labels: { teacher: "model:tiny" } }], {}, { services: { sandbox: laterSandbox(() => box) } });
  return kept[0] as Example;
}

it.each([
  ["assert add(1, 2) == 4", "assert add(1, 2) == 3"],
  ["assert add(0.1, 0.2) == 4", "assert add(0.1, 0.2) == pytest.approx(0.30000000000000004)"],
  ["result = add(1, 2)\n    assert result == 4, 'four'  # two and two", "result = add(1, 2)\n    assert result == 3"],
  ["assert add(None, 1) == 1", "with pytest.raises(ValueError):\n        add(None, 1)"],
  ["with pytest.raises(ValueError):\n        add(1, 1)", "assert add(1, 1) == 2"],
])("writes what the code answers: %s", async (written, wanted) => {
  expect((await recorded(`def test_a():\n    ${written}\n`)).response).toBe(`def test_a():\n    ${wanted}`);
});
