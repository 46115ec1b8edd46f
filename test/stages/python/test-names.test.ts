import { describe, expect, it } from "vitest";
import { namesByRule, saysWhatIsChecked } from "../../../stages/tests/lib/test-names.js";

describe("the name of a test", () => {
  it.each([
    [
      "assert clamp(-3, 0, 10) == 0",
      ["value", "low", "high"],
      ["test_clamp_with_negative_value_and_zero_low", "test_clamp_with_negative_zero_10", "test_clamp"],
    ],
    ["assert clamp('') == ''", ["text"], ["test_clamp_with_empty_text", "test_clamp_with_empty", "test_clamp"]],
    ["assert clamp('') == ''", [], ["test_clamp_with_empty_text", "test_clamp"]],
    [
      "with pytest.raises(ZeroDivisionError):\n        clamp(1, divisor=0)",
      ["value"],
      [
        "test_clamp_raises_zero_division_error_with_zero_divisor",
        "test_clamp_raises_zero_division_error_with_1_zero",
        "test_clamp_raises_zero_division_error",
      ],
    ],
    [
      "assert clamp('Hello, World!', sep=None) == 1",
      ["text"],
      ["test_clamp_with_none_sep", "test_clamp_with_hello_world_none", "test_clamp"],
    ],
    [
      "assert clamp([1, 2], {}, 2.5)",
      [],
      ["test_clamp_with_empty_dict", "test_clamp_with_list_of_2_empty_dict_2_5", "test_clamp"],
    ],
    ["assert Box().clamp() is None", [], ["test_clamp"]],
  ])("is made from what is asked: %s", (statement, parameters, names) => {
    expect(namesByRule(`def test_a():\n    ${statement}`, "clamp", parameters)).toEqual(names);
  });

  it("says what is checked where it says more than what it tests", () => {
    const says = (name: string) => saysWhatIsChecked(name, "parse_date");
    expect(["test_parse_date_below_low", "test_empty_text", "test_leap_year"].filter(says)).toHaveLength(3);
    expect(
      [
        "test_parse_date",
        "test_1",
        "test_func_2",
        "test_parse_date_basic_case",
        "test_date_parse",
        "testParseDate",
        "test_a",
      ].filter(says),
    ).toEqual([]);
  });
});
