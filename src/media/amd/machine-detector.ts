// Answering-machine detection on one call: who answered, and when a greeting has ended. Hears the far end's frames from answer
// on, beside the bot and without holding anybody up; it is told no time and counts frames.

import { FRAME_MS } from "../sound/frame.ts";
import { levelDb, meanSquare } from "../sound/tone.ts";
import { createSpeechTiming, type SpeechTimingRules } from "./speech-timing.ts";
import { createToneTracker, type SteadyTone } from "./steady-tone.ts";
import { createToneSigns } from "./tone-signs.ts";
import type { Verdict } from "./verdict.ts";
import { CLICK_FRAMES, createVoiceActivity } from "./voice-activity.ts";

/** What may be set; `machineDetectorDefaults` has what is taken otherwise. */
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
   * Undefined while the greeting goes on. First by silence perhaps, and by a beep after all when one comes later: a message that
   * was begun before it is not on the machine, and is to be begun again. More speech takes an end by silence back; a beep stands.
   */
  greetingEnd(): GreetingEnd | undefined;
  /** Whether another frame can change anything: false when `listenMs` are over. */
  isListening(): boolean;
}

/** A beep that comes while somebody is taken for a person counts when nobody speaks for so long after it. */
const SILENCE_AFTER_BEEP_MS = 1_000;
/** As much of it makes what follows a greeting's beep, and no fax. */
const LEAST_SPEECH_MS = 300;
/** Takes the end of a greeting back; a tone has been found to be one by then. */
const WORD_FRAMES = 8;

/** What one call's detector is told. */
export interface MachineDetectorSettings extends Partial<MachineDetectorOptions> {
  /**
   * Whether the agent asks and waits for answers. One that plays an announcement does not: who listens to it says "hello" and then
   * nothing, as a mailbox without a beep does, and must not be taken for one (`mailboxSilenceMs` is then without effect).
   */
  agentConverses: boolean;
}

/**
 * The defaults wait for the beep before they call a greeting of ordinary length a machine's, since a telephone that screens calls
 * speaks for as long, and a person is behind it. `longestPromptMs: 3_600` does not wait, and hangs up on such a telephone.
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
export function createMachineDetector({ agentConverses, ...options }: MachineDetectorSettings): MachineDetector {
  const rules = { ...machineDetectorDefaults, ...options };
  if (!agentConverses) rules.mailboxSilenceMs = Infinity;
  const activity = createVoiceActivity();
  const tones = createToneTracker();
  const signs = createToneSigns();
  const timing = createSpeechTiming(rules);
  let nowMs = 0;
  let tone: SteadyTone | undefined;
  let speechMs = 0;
  let speechDb = 0;
  let spokenAtMs = 0;
  let verdict: Verdict | undefined;
  let greetingEnd: GreetingEnd | undefined;
  /** The last frame of any tone, and whether a beep has been heard that nobody has spoken after. */
  let toneAtMs = 0;
  let beepIsOpen = false;

  /** What is settled stays; what is not gives way to what was heard since. */
  function tell(found: Omit<Verdict, "atMs">): Verdict | undefined {
    if (verdict !== undefined && isSettled(verdict)) return undefined;
    verdict = { ...found, atMs: nowMs };
    return verdict;
  }

  function hearSpeech(power: number, frames: number): void {
    speechMs += FRAME_MS;
    // The mean of levels, not of powers: the first frames of a tone, which pass for speech, count for little in it.
    speechDb += (levelDb(power) - speechDb) / (speechMs / FRAME_MS);
    spokenAtMs = nowMs;
    if (greetingEnd?.by === "silence" && frames >= WORD_FRAMES) greetingEnd = undefined;
  }

  function hearTones(isSpeech: boolean): Verdict | undefined {
    const sign = signs.hear(tone, isSpeech, speechMs >= LEAST_SPEECH_MS ? speechDb : -Infinity);
    if (sign?.kind === "sit") return tell({ result: "unobtainable", reason: "sit", specialTone: sign.specialTone });
    if (sign?.kind === "fax_calling" || sign?.kind === "fax_answering") return tell({ result: "fax", reason: sign.kind });
    if (sign !== undefined) beepIsOpen = true;
    if (sign?.kind === "beep_ended" && greetingEnd?.by !== "beep") greetingEnd = { by: "beep", atMs: nowMs };
    if (spokenAtMs > toneAtMs) beepIsOpen = false;
    if (!beepIsOpen || (verdict?.result === "human" && nowMs - toneAtMs < SILENCE_AFTER_BEEP_MS)) return undefined;
    return tell({ result: "machine", reason: "beep" });
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
      if (isSpeech) hearSpeech(power, loudFrames);
      if (greetingEnd === undefined && spokenAtMs > 0 && nowMs - spokenAtMs >= rules.greetingSilenceMs && tone === undefined)
        greetingEnd = { by: "silence", atMs: nowMs };
      // Tones are surer than timing, which hears every frame all the same.
      const byTiming = timing.hear(isSpeech);
      return hearTones(isSpeech) ?? (byTiming === undefined ? undefined : tell(byTiming));
    },
    verdict: () => verdict,
    greetingEnd: () => greetingEnd,
    isListening: () => nowMs < rules.listenMs,
  };
}

function isSettled({ result }: Verdict): boolean {
  return result !== "human" && result !== "unknown";
}
