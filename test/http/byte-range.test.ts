import { expect, test } from "bun:test";
import { readByteRange } from "../../src/http/byte-range.ts";

test.each<[string | null, { start: number; end: number } | undefined]>([
  ["bytes=0-99", { start: 0, end: 100 }],
  ["bytes=900-", { start: 900, end: 1_000 }],
  ["bytes=900-5000", { start: 900, end: 1_000 }],
  ["bytes=-100", { start: 900, end: 1_000 }],
  ["bytes=-5000", { start: 0, end: 1_000 }],
  ["bytes=1000-", undefined],
  ["bytes=5-4", undefined],
  ["bytes=-0", undefined],
  ["bytes=-", undefined],
  ["bytes=0-1,5-6", undefined],
  ["items=0-1", undefined],
  [null, undefined],
])("of 1,000 bytes %p is %p", (header, range) => expect(readByteRange(header, 1_000)).toEqual(range));
