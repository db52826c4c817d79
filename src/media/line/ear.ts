// Who picked up, from two witnesses: what is heard on the line, and what the bot says of it. A tone is believed before the
// bot, and the bot before the timing of speech. Used by line.ts.

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
}

const rankOf = { timing: 1, bot: 2, tone: 3 } as const;
const toneReasons: readonly Verdict["reason"][] = ["beep", "sit", "fax_calling", "fax_answering"];

/** Without a detector only the bot is heard. */
export function createEar(detector: MachineDetector | undefined): Ear {
  let current: MachineVerdict | undefined;
  let rank = 0;

  const believe = (verdict: MachineVerdict, its: number): MachineVerdict | undefined => {
    if (its < rank) return undefined;
    rank = its;
    if (verdict.result === current?.result) return undefined;
    current = verdict;
    return verdict;
  };
  return {
    hear(frame) {
      const heard = detector?.hear(frame);
      return heard === undefined ? undefined : believe(toMachineVerdict(heard), toneReasons.includes(heard.reason) ? rankOf.tone : rankOf.timing);
    },
    told: (verdict) => believe(verdict, rankOf.bot),
    greetingEnd: () => detector?.greetingEnd(),
    isDeaf: () => detector?.isListening() !== true,
  };
}

function toMachineVerdict({ result, reason, atMs }: Verdict): MachineVerdict {
  return { result: result === "unknown" ? "unsure" : result, reason, atMs };
}
