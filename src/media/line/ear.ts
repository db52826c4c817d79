// Who picked up, from two witnesses: what is heard on the line, and what the bot says of it. The bot is believed before a beep,
// and a beep before the timing of speech; a fax and the network's own tones before all of them. Used by line.ts.

import type { MachineVerdict } from "../../calls/bot.ts";
import type { GreetingEnd, MachineDetector } from "../amd/machine-detector.ts";
import type { Verdict } from "../amd/verdict.ts";

/** One a call. Both answer with a verdict when it is another one than before, and to be believed. */
export interface Ear {
  hear(frame: Int16Array): MachineVerdict | undefined;
  told(verdict: MachineVerdict): MachineVerdict | undefined;
  /** Undefined while the greeting goes on, and as long as it may. */
  greetingEnd(): GreetingEnd | undefined;
  /** Nothing more will be heard. */
  isDeaf(): boolean;
  /** Nothing is listened for from now on. */
  stop(): void;
}

const rankOf = { timing: 1, beep: 2, bot: 3, network: 4 } as const;
const networkReasons: readonly Verdict["reason"][] = ["sit", "fax_calling", "fax_answering"];

/** Without a detector only the bot is heard. */
export function createEar(detector: MachineDetector | undefined): Ear {
  let current: MachineVerdict | undefined;
  let rank = 0;
  let isStopped = false;

  const believe = (verdict: MachineVerdict, its: number): MachineVerdict | undefined => {
    if (its < rank) return undefined;
    rank = its;
    if (verdict.result === current?.result) return undefined;
    current = verdict;
    return verdict;
  };
  return {
    hear(frame) {
      const heard = isStopped ? undefined : detector?.hear(frame);
      return heard === undefined ? undefined : believe(toMachineVerdict(heard), rankOf[witnessOf(heard)]);
    },
    told: (verdict) => believe(verdict, rankOf.bot),
    greetingEnd: () => detector?.greetingEnd(),
    isDeaf: () => isStopped || detector?.isListening() !== true,
    stop: () => void (isStopped = true),
  };
}

function witnessOf({ reason }: Verdict): keyof typeof rankOf {
  if (networkReasons.includes(reason)) return "network";
  return reason === "beep" ? "beep" : "timing";
}

function toMachineVerdict({ result, reason, atMs }: Verdict): MachineVerdict {
  return { result: result === "unknown" ? "unsure" : result, reason, atMs };
}
