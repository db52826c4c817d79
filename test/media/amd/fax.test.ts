import { expect, test } from "bun:test";
import { faxOf } from "../../../src/media/amd/fax.ts";

test.each([
  ["fax_calling", [1_100], 480, true, false],
  ["fax_calling", [1_070], 560, true, false],
  [undefined, [1_100], 480, false, false],
  [undefined, [1_100], 480, true, true],
  [undefined, [1_100], 200, true, false],
  [undefined, [1_100], 900, true, false],
  [undefined, [1_200], 480, true, false],
  ["fax_answering", [2_100], 1_000, false, false],
  ["fax_answering", [2_095], 2_600, true, true],
  [undefined, [2_100], 600, true, false],
  [undefined, [2_050], 2_600, false, false],
  [undefined, [2_100, 1_100], 2_600, false, false],
] as const)("%p: %p Hz for %d ms, ended %p, after speech %p", (wanted, hz, ms, ended, speechWasHeard) => {
  expect(faxOf({ hz, ms, db: -15, ended }, speechWasHeard)).toBe(wanted);
});
