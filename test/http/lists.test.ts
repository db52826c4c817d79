import { describe, expect, test } from "bun:test";
import { readPage, toList } from "../../src/http/lists.ts";

const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `ld_${String(index).padStart(26, "0")}` }));

describe("a page", () => {
  test("is the first 200 when nothing is asked", () => expect(readPage({})).toEqual({ limit: 200, offset: 0, after: undefined }));

  test("that is full has a cursor to its last row, which the next page goes on after", () => {
    const page = { limit: 3, offset: 0, after: undefined };
    const list = toList("leads", rows(3), 10, page);
    expect({ ...list, leads: list.leads.length }).toEqual({ leads: 3, total: 10, limit: 3, offset: 0, nextCursor: list.nextCursor });
    expect(readPage({ cursor: list.nextCursor ?? "" }).after).toBe(rows(3)[2]?.id ?? "");
  });

  test("that is not full is the last", () =>
    expect(toList("leads", rows(2), 2, { limit: 3, offset: 0, after: undefined }).nextCursor).toBeNull());

  for (const cursor of ["x", "bGQ", Buffer.from("ld_1' OR 1=1").toString("base64url"), "%%%"]) {
    test(`with the cursor '${cursor}' is refused`, () =>
      expect(() => readPage({ cursor })).toThrow(`cursor is '${cursor}'; it must be the nextCursor of a page before`));
  }
});
