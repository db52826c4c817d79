// What answering-machine detection comes to: who answered, by what sign, and when.

import type { SpecialTone } from "./special-tones.ts";

/** `unknown` is to be treated as a person; `unobtainable` is the network's tone for a number that cannot be reached. */
export type MachineResult = "human" | "machine" | "fax" | "unobtainable" | "unknown";

/**
 * The sign: `pause_after_speech` (a short greeting, then somebody waits), `speech_length` (nobody speaks for so long before
 * hearing who calls), `beep`, `silence_after_greeting` (a mailbox without a beep records), `no_beep` (a long greeting, and then
 * nothing: call screening, or a mailbox without a beep), `long_silence` (nobody has spoken yet), `sit`, `fax_calling`,
 * `fax_answering`.
 */
export type MachineReason =
  | "pause_after_speech"
  | "speech_length"
  | "beep"
  | "silence_after_greeting"
  | "no_beep"
  | "long_silence"
  | "sit"
  | "fax_calling"
  | "fax_answering";

/** One finding; a later one may replace it, as `MachineDetector.hear` says. */
export interface Verdict {
  result: MachineResult;
  reason: MachineReason;
  /** After the first frame. */
  atMs: number;
  /** With the reason `sit` alone: what the network says. */
  specialTone?: SpecialTone;
}
