import { describe, expect, test } from "bun:test";
import { callbackAtOf } from "../../src/leads/callback.ts";

const NOON = Date.UTC(2026, 4, 6, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The instant as minutes from noon. */
const table: [what: string, analysis: Record<string, unknown> | undefined, minutes: number | undefined][] = [
  ["no analysis", undefined, undefined],
  ["another next action", { next_action: "not_interested", callback_at: "2026-05-06T15:00:00Z" }, undefined],
  ["no next action", { callback_at: "2026-05-06T15:00:00Z" }, undefined],
  ["no time", { next_action: "callback_later" }, undefined],
  ["an instant", { next_action: "callback_later", callback_at: "2026-05-06T15:00:00Z" }, 180],
  ["an instant with an offset", { next_action: "callback_later", callback_at: "2026-05-06T15:30:00+02:00" }, 90],
  ["this very moment", { next_action: "callback_later", callback_at: "2026-05-06T12:00:00.000Z" }, 0],
  ["an hour ago, which is due at once", { next_action: "callback_later", callback_at: "2026-05-06T11:00:00Z" }, 0],
  ["a moment more than an hour ago", { next_action: "callback_later", callback_at: "2026-05-06T10:59:59.999Z" }, undefined],
  ["a year and a day ahead", { next_action: "callback_later", callback_at: new Date(NOON + 366 * DAY).toISOString() }, 366 * 24 * 60],
  ["a moment more than that", { next_action: "callback_later", callback_at: new Date(NOON + 366 * DAY + 1).toISOString() }, undefined],
  ["a local time", { next_action: "callback_later", callback_at: "2026-05-06T15:00:00" }, undefined],
  ["a word", { next_action: "callback_later", callback_at: "tomorrow" }, undefined],
  ["a day that does not exist", { next_action: "callback_later", callback_at: "2026-06-31T15:00:00Z" }, undefined],
  ["a number", { next_action: "callback_later", callback_at: NOON + HOUR }, undefined],
  ["null", { next_action: "callback_later", callback_at: null }, undefined],
];

describe("when a person asked to be called again, at noon", () => {
  test.each(table)("%s", (_, analysis, minutes) =>
    expect(callbackAtOf(analysis, NOON)).toBe(minutes === undefined ? undefined : NOON + minutes * MINUTE),
  );
});
