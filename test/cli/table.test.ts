import { expect, test } from "bun:test";
import { toTable } from "../../src/cli/table.ts";

test("a table aligns its columns, words to the left and numbers to the right", () => {
  const rows = [
    ["status", "leads"],
    ["completed", "101"],
    ["busy", "7"],
  ];
  expect(toTable(rows)).toBe("  status     leads\n  completed    101\n  busy           7\n");
});

test("an empty table is empty", () => {
  expect(toTable([])).toBe("");
});
