// Answering-machine detection on one call: who answered, and when a greeting has ended. Hears the far end's frames from answer
// on, beside the bot and without holding anybody up; it is told no time and counts frames.

import { FRAME_MS } from "../frame.ts";
import { levelDb, meanSquare } from "../tone.ts";
import { createBeepDetector } from "./beep.ts";
import { faxOf } from "./fax.ts";
import { createSpecialToneDetector } from "./special-tones.ts";
import { createSpeechTiming, type SpeechTimingRules } from "./speech-timing.ts";
import { createToneTracker, type SteadyTone } from "./steady-tone.ts";
import type { MachineReason, MachineResult, Verdict } from "./verdict.ts";
import { CLICK_FRAMES, createVoiceActivity } from "./voice-activity.ts";

export interface MachineDetectorOptions extends SpeechTimingRules {
  /** From the first frame; afterwards nothing is listened to. */
  listenMs: number;
  /** Silence that ends a greeting for who wants to leave a message. */
  greetingSilenceMs: number;
}

/** When a message may begin. */
export interface GreetingEnd {
  by: "beep" | "silence";
  atMs: number;
}

/** One a call. */
export interface MachineDetector {
  /**
   * One frame of 160 samples, each 20 ms from answer on, silence where none arrived. Answers with a verdict when this frame brings
   * a first one or another one. `human` and `unknown` may be taken back by what is heard later; `machine`, `fax` and `unobtainable`
   * stand, and it is safe to hang up on them.
   */
  hear(frame: Int16Array): Verdict | undefined;
  /** The latest; undefined until there is one. */
  verdict(): Verdict | undefined;
  /**
   * Undefined while the greeting goes on. First by silence perhaps, and by a beep after all when one comes later: what was
   * said before it is not on the machine. More speech takes an end by silence back.
   */
  greetingEnd(): GreetingEnd | undefined;
  /** Whether another frame can change anything: false when `listenMs` are over. */
  isListening(): boolean;
}

/** A beep that comes while somebody is taken for a person counts when nobody speaks for so long after it. */
const SILENCE_AFTER_BEEP_MS = 1_000;
/** As much of it makes what follows a greeting's beep, and no fax. */
const LEAST_SPEECH_MS = 300;

/**
 * The defaults wait for the beep before they call a greeting of ordinary length a machine's, since a telephone that screens calls
 * speaks for as long, and a person is behind it. `{ longestPromptMs: 3_600 }` does not wait, and hangs up on such a telephone.
 */
export const machineDetectorDefaults: MachineDetectorOptions = {
  longestHumanMs: 3_600,
  pauseAfterWordMs: 700,
  pauseAfterLongestMs: 1_100,
  longestPromptMs: 11_000,
  beepWaitMs: 3_000,
  mailboxSilenceMs: 20_000,
  longSilenceMs: 5_000,
  listenMs: 40_000,
  greetingSilenceMs: 2_400,
};

/** Deterministic: the same frames bring the same verdicts. */
export function createMachineDetector(options: Partial<MachineDetectorOptions> = {}): MachineDetector {
  const rules = { ...machineDetectorDefaults, ...options };
  const activity = createVoiceActivity();
  const tones = createToneTracker();
  const beeps = createBeepDetector();
  const specialTones = createSpecialToneDetector();
  const timing = createSpeechTiming(rules);
  let nowMs = 0;
  let tone: SteadyTone | undefined;
  let speechMs = 0;
  let speechPower = 0;
  let spokenAtMs = 0;
  let verdict: Verdict | undefined;
  let greetingEnd: GreetingEnd | undefined;
  /** The last frame of any tone, and whether a beep has been heard that nobody has spoken after. */
  let toneAtMs = 0;
  let beepIsOpen = false;

  function tell(result: MachineResult, reason: MachineReason): Verdict | undefined {
    // What is settled stays; what is not gives way to what was heard since.
    if (verdict !== undefined && isSettled(verdict)) return undefined;
    verdict = { result, reason, atMs: nowMs };
    return verdict;
  }

  function hearSpeech(isSpeech: boolean, power: number): void {
    if (!isSpeech) return;
    speechMs += FRAME_MS;
    speechPower += (power - speechPower) / (speechMs / FRAME_MS);
    spokenAtMs = nowMs;
    if (greetingEnd?.by === "silence") greetingEnd = undefined;
  }

  /** Tones are surer than timing. */
  function hearTones(isSpeech: boolean): Verdict | undefined {
    const isSpecial = specialTones.isUnderWay();
    const meaning = specialTones.hear(tone);
    if (meaning !== undefined) {
      const told = tell("unobtainable", "sit");
      if (told !== undefined) told.specialTone = meaning;
      return told;
    }
    const fax = tone === undefined ? undefined : faxOf(tone, speechMs >= LEAST_SPEECH_MS);
    if (fax !== undefined) return tell("fax", fax);
    const beep = isSpecial ? undefined : beeps.hear(tone, isSpeech, speechMs >= LEAST_SPEECH_MS ? levelDb(speechPower) : -Infinity);
    if (beep !== undefined) beepIsOpen = true;
    if (beep === "beep_ended") greetingEnd = { by: "beep", atMs: nowMs };
    if (spokenAtMs > toneAtMs) beepIsOpen = false;
    if (!beepIsOpen || (verdict?.result === "human" && nowMs - toneAtMs < SILENCE_AFTER_BEEP_MS)) return undefined;
    return tell("machine", "beep");
  }

  return {
    hear(frame) {
      if (nowMs >= rules.listenMs) return undefined;
      nowMs += FRAME_MS;
      const power = meanSquare(frame);
      const loudFrames = activity.hear(power, tone !== undefined);
      tone = tones.hear(frame, power, loudFrames > 0);
      if (tone !== undefined) toneAtMs = nowMs;
      const isSpeech = loudFrames >= CLICK_FRAMES && tone === undefined;
      hearSpeech(isSpeech, power);
      if (greetingEnd === undefined && spokenAtMs > 0 && nowMs - spokenAtMs >= rules.greetingSilenceMs && tone === undefined) greetingEnd = { by: "silence", atMs: nowMs };
      const byTone = hearTones(isSpeech);
      const byTiming = timing.hear(isSpeech);
      if (byTone !== undefined) return byTone;
      return byTiming === undefined ? undefined : tell(byTiming.result, byTiming.reason);
    },
    verdict: () => verdict,
    greetingEnd: () => greetingEnd,
    isListening: () => nowMs < rules.listenMs,
  };
}

function isSettled({ result }: Verdict): boolean {
  return result !== "human" && result !== "unknown";
}
