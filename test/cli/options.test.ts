import { describe, expect, test } from "bun:test";
import { describeOptions, readOptions } from "../../src/cli/options.ts";

const known = [
  { flag: "--name", value: "NAME", meaning: "what it is called" },
  { flag: "--keep", meaning: "go on" },
];

describe("options", () => {
  test("are read in both spellings, among words, in any order", () => {
    const read = readOptions(["create", "--name=our CRM", "--keep", "now"], known);
    expect(read).toEqual({
      words: ["create", "now"],
      values: new Map([
        ["--name", "our CRM"],
        ["--keep", ""],
      ]),
      problems: [],
    });
    expect(readOptions(["--name", "a", "--name", "b"], known).values.get("--name")).toBe("b");
  });

  test("a value may begin with a dash or hold an equals sign", () => {
    expect(readOptions(["--name", "--odd"], known).values.get("--name")).toBe("--odd");
    expect(readOptions(["--name=a=b"], known).values.get("--name")).toBe("a=b");
  });

  test.each([
    [["--nam", "x"], "'--nam' is not an option here. Did you mean --name?"],
    [["--name"], "--name needs a value: --name NAME"],
    [["--keep=yes"], "--keep takes no value; it has 'yes'"],
  ])("%p is told: %s", (args, problem) => {
    expect(readOptions(args, known).problems).toContain(problem);
  });

  test("are described in columns", () => {
    expect(describeOptions(known)).toBe("  --name NAME  what it is called\n  --keep       go on\n");
  });
});
