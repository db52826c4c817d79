import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parsePhoneNumberFromString } from "libphonenumber-js";
import Papa from "papaparse";
import { numbersNotToCall, openWindow } from "../../../src/cli/demo/scenario.ts";

describe("the demo's window", () => {
  test.each([
    ["2026-05-06T00:10:59Z", "23:10", "12:10"],
    ["2026-05-06T11:30:00Z", "10:30", "23:30"],
    ["2026-12-31T23:59:59Z", "22:59", "11:59"],
  ])("at %s is open from %s to %s", (now, start, end) => {
    expect(openWindow(Date.parse(now))).toEqual({ start, end });
  });
});

describe("examples/leads.csv", () => {
  const text = readFileSync("examples/leads.csv", "utf8");
  const { data } = Papa.parse<Record<string, string>>(text.trimEnd(), { header: true });
  const numberOf = (row: Record<string, string>) => parsePhoneNumberFromString((row.phone ?? "").replaceAll(/[\s().-]/g, ""));
  const good = data.filter((row) => numberOf(row)?.isPossible() === true);
  const numbers = good.map((row) => numberOf(row)?.number ?? "");

  test("has 200 people, one of them twice, and three rows that cannot be called", () => {
    expect(new Set(numbers).size).toBe(200);
    expect(good).toHaveLength(201);
    expect(data).toHaveLength(204);
  });

  /** Ranges that regulators keep free for films and manuals: Ofcom, ARCEP, and 555-01XX of the North American plan. */
  const fictional = [
    /^\+44(20794|1134|1144|1154|1164|1174|1184|1214|1314|1414|1514|1614|1914|1632|7700|29201)\d*0\d{3}$/,
    /^\+33(639980|19900|26191|35301|46571|53649)\d{3,4}$/,
    /^\+1\d{3}55501\d{2}$/,
  ];
  test("has no number that could be anyone's", () => {
    expect(numbers.filter((number) => !fictional.some((range) => range.test(number)))).toEqual([]);
  });

  test("has every ending that the simulated carrier knows by number, and none that never ends", () => {
    const endings = new Set(numbers.map((number) => number.slice(-4)));
    for (const digits of ["0200", "0201", "0202", "0203", "0298", "0299", "0404", "0480", "0486", "0603"])
      expect(endings).toContain(digits);
    expect(endings).not.toContain("0503");
  });

  test("has the numbers that the demo puts on the do-not-call list", () => {
    for (const number of numbersNotToCall) expect(numbers).toContain(number);
  });

  test("has what lists have: quotes, commas and line breaks inside cells, and names of many scripts", () => {
    const cells = data.flatMap((row) => Object.values(row));
    expect(cells.some((cell) => cell.includes("\n"))).toBe(true);
    expect(cells.some((cell) => cell.includes(","))).toBe(true);
    expect(cells.some((cell) => cell.includes('"'))).toBe(true);
    expect(/\p{Script=Han}/u.test(text) && /\p{Script=Cyrillic}/u.test(text) && /\p{Script=Arabic}/u.test(text)).toBe(true);
  });
});
