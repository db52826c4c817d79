import { describe, expect, test } from "bun:test";
import { createLog, logLevels, maskNumber } from "../../src/runtime/log.ts";

function logged(level: (typeof logLevels)[number], write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLog(level, { now: () => Date.UTC(2026, 4, 6, 11, 23, 45, 123) }, (line) => lines.push(line)));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("the log", () => {
  test("writes a JSON object a line: instant, level, event, fields", () => {
    expect(logged("info", (log) => log.warn("trunk.held", { trunkId: "trk_1" }))).toEqual([
      { at: "2026-05-06T11:23:45.123Z", level: "warn", event: "trunk.held", trunkId: "trk_1" },
    ]);
  });

  const everything = (log: ReturnType<typeof createLog>) => {
    log.debug("a");
    log.info("a");
    log.warn("a");
    log.error("a");
  };
  test.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["warn", ["warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ] as const)("at %s it writes %p", (level, expected) => {
    expect(logged(level, everything).map((line) => line.level)).toEqual([...expected]);
  });

  test("an error is written with its stack, on the one line", () => {
    const [line] = logged("info", (log) => log.error("loop.failed", { error: new Error("the disk\nis full") }));
    expect(line?.error).toStartWith("Error: the disk\nis full");
  });
});

describe("a masked number", () => {
  test.each([
    ["+919876543210", "+9198*****210"],
    ["+12025550123", "+1202*****123"],
    ["+4412345", "+***"],
  ])("%s is written as %s", (number, masked) => {
    expect(maskNumber(number)).toBe(masked);
  });
});
