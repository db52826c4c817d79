import { describe, expect, test } from "bun:test";
import { type DialResult, type RetryClass, signsOf } from "../../src/calls/ending.ts";

describe("what a call says of its trunk and of its bot", () => {
  test.each<[reason: string, retry: RetryClass, talkMs: number, trunk: string, bot: string]>([
    ["bot_hung_up", "policy", 60_000, "good", "good"],
    ["normal_clearing", "policy", 60_000, "good", "good"],
    ["machine_answered", "policy", 4_000, "good", "good"],
    ["busy", "policy", 0, "good", "none"],
    ["number_unknown", "never", 0, "good", "none"],
    ["trunk_busy", "requeue", 0, "fault", "none"],
    ["trunk_auth", "halt", 0, "fault", "none"],
    ["no_media_port", "requeue", 0, "fault", "none"],
    ["bot_unreachable", "requeue", 300, "good", "fault"],
    ["bot_unreachable", "requeue", 0, "none", "fault"],
    ["bot_crashed", "policy", 20_000, "good", "fault"],
  ])("%s (%s) after %d ms of talk: trunk %s, bot %s", (reason, retry, talkMs, trunk, bot) => {
    const result: DialResult = { ending: "failed", retry, reason, ringMs: 0, talkMs };
    expect(signsOf(result)).toEqual({ trunk, bot } as ReturnType<typeof signsOf>);
  });
});
