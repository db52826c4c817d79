// The special information tone: three rising tones that a network plays before it says why a call failed (ITU-T E.180, Q.35).
// Used by machine-detector.ts.

import { FRAME_MS } from "../sound/frame.ts";
import type { SteadyTone } from "./steady-tone.ts";

/**
 * What the first two segments tell in North America, where each is low or high: `intercept` (number changed or out of service),
 * `vacant` (no such number), `reorder` and `no_circuit` (the network is at fault; the number may be right). `unspecified` is the
 * plain tone of other networks.
 */
export type SpecialTone = "intercept" | "vacant" | "reorder" | "no_circuit" | "unspecified";

/** One a call. */
interface SpecialToneDetector {
  /** The meaning, at the third tone and once; `tone` is what is heard in this frame. */
  hear(tone: SteadyTone | undefined): SpecialTone | undefined;
  /** From the end of the first tone on: what is heard now is no beep. */
  isUnderWay(): boolean;
}

interface Segment {
  middleHz: number;
  /** North America's two, and what lies between them is the plain tone. */
  lowHz: number;
  highHz: number;
}

const segments: readonly Segment[] = [
  { middleHz: 950, lowHz: 913.8, highHz: 985.2 },
  { middleHz: 1_400, lowHz: 1_370.6, highHz: 1_428.5 },
];
const LAST_MIDDLE_HZ = 1_800;
/** E.180 allows each segment 50 Hz to either side; no network is known that needs it, and 1,000 Hz is the most usual beep. */
const TOLERANCE_HZ = 46;
const NEAR_HZ = 10;
/** 330 ± 70 ms, less what the ends of a tone hide. */
const SHORTEST_MS = 200;
const LONGEST_MS = 440;
const LAST_SHORTEST_MS = 140;
/** 30 ms are allowed between segments; here they are counted from when the tone was found to have ended to when the next is sure. */
const MOST_BETWEEN_FRAMES = 10;

/** Whether this may be the first of the three, so that nobody takes it for something else too early. */
export function mayBeginSpecialTone(hz: readonly number[]): boolean {
  return isNear(hz, segments[0]?.middleHz ?? 0);
}

/** Waits for the first tone. */
export function createSpecialToneDetector(): SpecialToneDetector {
  let heard: number[] = [];
  let framesBetween = 0;
  return {
    hear(tone) {
      if (tone === undefined) {
        framesBetween += 1;
        if (framesBetween > MOST_BETWEEN_FRAMES) heard = [];
        return undefined;
      }
      framesBetween = 0;
      const wanted = segments[heard.length];
      if (wanted === undefined) {
        if (!isNear(tone.hz, LAST_MIDDLE_HZ)) heard = [];
        else if (tone.ms >= LAST_SHORTEST_MS) return meaningOf(heard.splice(0));
        return undefined;
      }
      if (!isNear(tone.hz, wanted.middleHz)) heard = [];
      else if (tone.ended) heard = tone.ms >= SHORTEST_MS && tone.ms <= LONGEST_MS + FRAME_MS ? [...heard, tone.hz[0] ?? 0] : [];
      return undefined;
    },
    isUnderWay: () => heard.length > 0,
  };
}

function isNear(hz: readonly number[], middleHz: number): boolean {
  return hz.length === 1 && Math.abs((hz[0] ?? 0) - middleHz) <= TOLERANCE_HZ;
}

function meaningOf(heard: readonly number[]): SpecialTone {
  const words = segments.map(({ lowHz, highHz }, index) => {
    const hz = heard[index] ?? 0;
    if (Math.abs(hz - lowHz) <= NEAR_HZ) return "low";
    return Math.abs(hz - highHz) <= NEAR_HZ ? "high" : "between";
  });
  switch (words.join(" ")) {
    case "low low":
      return "intercept";
    case "high low":
      return "vacant";
    case "low high":
      return "reorder";
    case "high high":
      return "no_circuit";
    default:
      return "unspecified";
  }
}
