// What happens to a call at the far end, drawn by a seed: the usual, the rare, and what a sane carrier would never do.

import type { BotWord } from "../../src/calls/bot.ts";
import type { CallOrder } from "../../src/calls/dialer.ts";
import type { DialResult } from "../../src/calls/ending.ts";
import type { Random } from "../../src/runtime/random.ts";

/** A call's whole way, decided as it comes in; what is undefined never happens. Times from the placing, talk from the answer. */
export interface Course {
  ringsAfterMs?: number;
  answersAfterMs?: number;
  talkMs?: number;
  /** Of a call that nobody answers. */
  endsAfterMs?: number;
  result: DialResult;
  /** The packet left, and then the dialer fell over. */
  throws?: boolean;
  /** Does not end when it is told to. */
  isDeaf: boolean;
  /** Reports once more when everything was said. */
  isTalkative: boolean;
  hangUpTakesMs: number;
  /** What the bot says of it while it talks. */
  words?: readonly BotWord[];
}

const SECOND = 1_000;

const completed: DialResult = {
  ending: "completed",
  retry: "policy",
  reason: "normal_clearing",
  sipCode: 200,
  hungUpBy: "them",
  ringMs: 5_000,
  talkMs: 60_000,
};
const refused = (ending: DialResult["ending"], retry: DialResult["retry"], reason: string, sipCode: number): DialResult => ({
  ending,
  retry,
  reason,
  sipCode,
  hungUpBy: "them",
  ringMs: 0,
  talkMs: 0,
});
const trunkBusy = refused("failed", "requeue", "trunk_busy", 503);

type Between = (from: number, to: number) => number;

const callback = (between: Between, now: number) => ({
  next_action: "callback_later",
  callback_at: new Date(now + between(-2, 20 * 60) * 60 * SECOND).toISOString(),
});

/** What a bot may make of a conversation at `now`; undefined when it makes nothing of it. */
const analyses: readonly ((between: Between, now: number) => Record<string, unknown> | undefined)[] = [
  () => undefined,
  () => undefined,
  () => ({ lead_qualified: true }),
  () => ({ next_action: "not_interested" }),
  () => ({ success: true, score: 4 }),
  // No time, and one that nobody can read.
  () => ({ next_action: "callback_later" }),
  () => ({ next_action: "callback_later", callback_at: "tomorrow" }),
  callback,
  callback,
];

/** What the bot of a call may report on its own. */
export function drawAnalysis(between: Between, now: number): Record<string, unknown> {
  return analyses[between(2, analyses.length - 1)]?.(between, now) ?? {};
}

const transcript = [
  { role: "assistant", content: "Hello" },
  { role: "user", content: "Hello, who is it?" },
];
/** How often each is said, of all conversations. */
const said: readonly [share: number, words: readonly BotWord[]][] = [
  [0.03, [{ type: "opt_out", optOut: { by: "key", quote: "9" } }]],
  [0.02, [{ type: "outcome", transcript: [...transcript, { role: "user", content: "Stop calling me!" }] }]],
  [0.25, [{ type: "outcome", transcript }]],
  [
    0.1,
    [
      { type: "outcome", analysis: { success: true } },
      { type: "outcome", analysis: { next_action: "not_interested" } },
    ],
  ],
];

type Draw = (between: Between, order: CallOrder, now: number) => Omit<Course, "isDeaf" | "isTalkative" | "hangUpTakesMs">;

const talks: Draw = (between, order, now) => {
  const talkMs = Math.min(between(3, 90) * SECOND, order.maxDurationMs);
  const ringsAfterMs = between(50, 2_000);
  const analysis = analyses[between(0, analyses.length - 1)]?.(between, now);
  let draw = between(0, 999) / 1_000;
  const words = said.find(([share]) => (draw -= share) < 0)?.[1];
  return {
    words,
    ringsAfterMs,
    answersAfterMs: ringsAfterMs + between(1, 15) * SECOND,
    talkMs,
    result: { ...completed, talkMs, ...(analysis === undefined ? {} : { analysis }) },
  };
};

/** How often each comes, of all. */
const courses: readonly [weight: number, draw: Draw][] = [
  [30, talks],
  [18, (between) => ({ endsAfterMs: between(0, 4_000), result: refused("busy", "policy", "busy", 486) })],
  [
    18,
    (between, order) => ({
      ringsAfterMs: between(0, 900),
      endsAfterMs: order.ringTimeoutMs,
      result: refused("no_answer", "policy", "no_answer", 480),
    }),
  ],
  [
    6,
    (between) => ({
      ringsAfterMs: 200,
      answersAfterMs: between(1, 9) * SECOND,
      talkMs: 6_000,
      result: { ...completed, ending: "voicemail", reason: "machine_answered", talkMs: 6_000 },
    }),
  ],
  [5, (between) => ({ ringsAfterMs: 200, answersAfterMs: between(1, 9) * SECOND, talkMs: 1_900, result: { ...completed, talkMs: 1_900 } })],
  [4, (between) => ({ endsAfterMs: between(0, 900), result: refused("failed", "never", "number_unknown", 404) })],
  [5, (between) => ({ endsAfterMs: between(0, 900), result: refused("failed", "policy", "server_error", 500) })],
  [6, (between) => ({ endsAfterMs: between(0, 900), result: trunkBusy })],
  // Answered without a ring, ended before it rang.
  [3, (between) => ({ answersAfterMs: between(0, 50), talkMs: 20_000, result: { ...completed, ringMs: 0, talkMs: 20_000 } })],
  [2, (between) => ({ ringsAfterMs: 5_000, endsAfterMs: between(0, 100), result: refused("busy", "policy", "declined", 603) })],
  // Silence: from the start, after the ring, after the answer.
  [1, () => ({ result: completed })],
  [1, () => ({ ringsAfterMs: 300, result: completed })],
  [1, () => ({ ringsAfterMs: 300, answersAfterMs: 4_000, result: completed })],
  // Its report comes long after the call was given up.
  [
    1,
    (between, order) => ({
      endsAfterMs: order.ringTimeoutMs + order.maxDurationMs + between(80, 400) * SECOND,
      result: refused("busy", "policy", "busy", 486),
    }),
  ],
  [2, () => ({ throws: true, result: refused("failed", "policy", "dialer_threw", 0) })],
  [0.3, (between) => ({ endsAfterMs: between(0, 900), result: refused("failed", "halt", "forbidden", 403) })],
];

const totalWeight = courses.reduce((sum, [weight]) => sum + weight, 0);

/** `now` is when it comes in, by the wall clock. */
export function drawCourse(
  random: Random,
  order: CallOrder,
  { isKind, isOut, now }: { isKind: boolean; isOut: boolean; now: number },
): Course {
  const between = (from: number, to: number) => from + Math.floor(random.fraction() * (to - from + 1));
  const manners = { isDeaf: !isKind && random.fraction() < 0.08, isTalkative: random.fraction() < 0.15, hangUpTakesMs: between(0, 1_500) };
  if (isKind) return { ...talks(between, order, now), result: completed, ...manners };
  if (isOut) return { endsAfterMs: between(0, 2_000), result: trunkBusy, ...manners };
  let left = random.fraction() * totalWeight;
  const [, draw] = courses.find(([weight]) => (left -= weight) < 0) ?? [0, talks];
  return { ...draw(between, order, now), ...manners };
}
