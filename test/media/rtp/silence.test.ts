import { expect, test } from "bun:test";
import { createSilenceWatch } from "../../../src/media/rtp/silence.ts";

test("silence is told once, when it has lasted too long", () => {
  const watch = createSilenceWatch(1_000);
  watch.expect(true, 0);
  expect([500, 999, 1_000, 1_500].map((nowMs) => watch.isTooLong(nowMs))).toEqual([false, false, true, false]);
});

test("silence is told again after something was heard in between", () => {
  const watch = createSilenceWatch(1_000);
  watch.expect(true, 0);
  watch.isTooLong(1_000);
  watch.heard(1_200);
  expect([2_199, 2_200].map((nowMs) => watch.isTooLong(nowMs))).toEqual([false, true]);
});

test("nothing is expected before the answer, nor on hold, and a resumed call has its whole time", () => {
  const watch = createSilenceWatch(1_000);
  expect(watch.isTooLong(5_000)).toBe(false);
  watch.expect(true, 5_000);
  watch.expect(false, 5_500);
  expect(watch.isTooLong(9_000)).toBe(false);
  watch.expect(true, 9_000);
  // Said again by a re-INVITE that changes nothing.
  watch.expect(true, 9_900);
  expect([9_999, 10_000].map((nowMs) => watch.isTooLong(nowMs))).toEqual([false, true]);
});
