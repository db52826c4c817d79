// What a detector says of each clip of the labelled set, and how often it is right. Used by test/media/amd-set.test.ts and
// bench/amd.ts.

import { createMachineDetector, type MachineDetectorSettings } from "../src/media/amd/machine-detector.ts";
import type { MachineResult } from "../src/media/amd/verdict.ts";
import { FRAME_SAMPLES } from "../src/media/sound/frame.ts";
import type { Recipe, Truth } from "./amd-recipes.ts";

/** What stood at the end of a clip. */
export interface Decision {
  /** `unknown` when nothing was said at all. */
  result: MachineResult;
  reason: string;
  atMs: number;
  /** Whether a beep was told of, believed or not. */
  heardBeep: boolean;
}

export interface Judged extends Decision {
  recipe: Recipe;
}

/** In the order of the tables. */
export const results: readonly MachineResult[] = ["human", "machine", "fax", "unobtainable", "unknown"];

const rightResult: Record<Truth, MachineResult> = {
  person: "human",
  screening: "human",
  mailbox: "machine",
  beepless: "machine",
  unobtainable: "unobtainable",
  fax: "fax",
};

/** A person behind a screening telephone is not hung up on as long as it is not called a machine's, so `unknown` is right for it. */
export function isRight({ recipe, result }: Judged): boolean {
  return result === rightResult[recipe.truth] || (recipe.truth === "screening" && result === "unknown");
}

/** Our detector, a frame at a time as on a call. */
export function decide(samples: Int16Array, options: Partial<MachineDetectorSettings> = {}): Decision {
  const detector = createMachineDetector({ agentConverses: true, ...options });
  let heardBeep = false;
  for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
    detector.hear(samples.subarray(at, at + FRAME_SAMPLES));
    heardBeep ||= detector.greetingEnd()?.by === "beep";
  }
  const { result, reason, atMs } = detector.verdict() ?? { result: "unknown" as const, reason: "nothing", atMs: Number.NaN };
  return { result, reason, atMs, heardBeep: heardBeep || reason === "beep" };
}

/** 0 to 1; of those that `among` lets through. */
export function shareRight(judged: readonly Judged[], among: (truth: Truth) => boolean): number {
  const wanted = judged.filter(({ recipe }) => among(recipe.truth));
  return wanted.filter(isRight).length / wanted.length;
}

/** A row for each kind of clip: how many got which verdict, how many of them rightly, and when half of the right ones had it. */
export function confusion(judged: readonly Judged[]): string[][] {
  const header = ["who answers", "clips", ...results, "right", "median ms"];
  const kinds = [...Map.groupBy(judged, ({ recipe }) => recipe.kind)];
  return [header, ...kinds.map(([kind, group]) => rowOf(kind, group))];
}

/** The same for any group of clips. */
export function rowOf(name: string, group: readonly Judged[]): string[] {
  const right = group.filter(isRight);
  const times = right.map(({ atMs }) => atMs).sort((a, b) => a - b);
  const counts = results.map((result) => String(group.filter((one) => one.result === result).length));
  return [
    name,
    String(group.length),
    ...counts,
    `${((100 * right.length) / group.length).toFixed(1)} %`,
    String(times[times.length >> 1] ?? "-"),
  ];
}
