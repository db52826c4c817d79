import { describe, expect, test } from "bun:test";
import Papa from "papaparse";
import { systemClock } from "../../src/runtime/clock.ts";
import { csvAnswer, csvCell } from "../../src/http/csv-answer.ts";

const cells: [text: string, cell: string][] = [
  ["", ""],
  ["plain text", "plain text"],
  ["Köhler, Ann", '"Köhler, Ann"'],
  ['say "no"', '"say ""no"""'],
  ["two\nlines", '"two\nlines"'],
  ["a;b", '"a;b"'],
  ["+919876543210", "+919876543210"],
  ["+1+1", "'+1+1"],
  ["+SUM(A1)", "'+SUM(A1)"],
  ["=1+1", "'=1+1"],
  ['=HYPERLINK("http://x")', `"'=HYPERLINK(""http://x"")"`],
  ["-1", "'-1"],
  ["@x", "'@x"],
  ["\t=1", '"\'\t=1"'],
  ["\r=1", '"\'\r=1"'],
  ["\n=1", '"\'\n=1"'],
  ["＝1", "'＝1"],
  ["'=1", "'=1"],
  ["a=1", "a=1"],
];

describe("a cell", () => {
  test.each(cells)("%j is written %j", (text, cell) => expect(csvCell(text)).toBe(cell));

  test.each(cells)("%j comes back as it was written, but for the apostrophe", (text, cell) => {
    const [[read] = []] = Papa.parse<string[]>(`${cell},x`).data;
    expect([text, `'${text}`]).toContain(read ?? "");
  });
});

describe("a file", () => {
  test("has a header and a line a row, and says what it is", async () => {
    const response = csvAnswer(
      "people.csv",
      ["name", "note"],
      [
        [["Ann", "=1"]],
        [
          ["Bob", ""],
          ["Zoë", "a,b"],
        ],
      ].values(),
    );
    expect(await response.text()).toBe('name,note\r\nAnn,\'=1\r\nBob,\r\nZoë,"a,b"\r\n');
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "text/csv; charset=utf-8; header=present",
      "content-disposition": 'attachment; filename="people.csv"',
      "cache-control": "no-store",
    });
  });

  test("reads a page only when the one before it was taken, and none after a cancel", async () => {
    let read = 0;
    function* pages(): Generator<string[][]> {
      for (;;) yield [[String((read += 1))]];
    }
    const reader = csvAnswer("x.csv", ["n"], pages()).body?.getReader();
    const next = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect(await next()).toBe("n\r\n");
    expect(await next()).toBe("1\r\n");
    expect(await next()).toBe("2\r\n");
    expect(read).toBeLessThanOrEqual(3);
    await reader?.cancel();
    const before = read;
    await Promise.resolve();
    expect(read).toBe(before);
  });

  test("lets everybody else have a turn before each page", async () => {
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns += 1;
      if (!isOver) systemClock.soon(count);
    };
    systemClock.soon(count);
    const seen: number[] = [];
    function* pages(): Generator<string[][]> {
      for (let page = 0; page < 5; page += 1) {
        seen.push(turns);
        yield [[String(page)]];
      }
    }
    await csvAnswer("x.csv", ["n"], pages()).text();
    isOver = true;
    expect(new Set(seen).size).toBe(5);
  });
});
