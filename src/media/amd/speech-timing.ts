// A person or a machine by when there is speech and when there is none. Used by machine-detector.ts.

import { FRAME_MS } from "../sound/frame.ts";
import type { MachineReason, MachineResult } from "./verdict.ts";

/** All in milliseconds. */
export interface SpeechTimingRules {
  /** Who answers says no more than this before waiting to hear who calls. */
  longestHumanMs: number;
  /** The pause that shows the waiting, after the shortest of greetings and after the longest. */
  pauseAfterWordMs: number;
  pauseAfterLongestMs: number;
  /** Whoever speaks for longer is a machine, whether a beep comes or not. Up to `longestHumanMs`, no beep is waited for. */
  longestPromptMs: number;
  /** After a greeting that is too long for a person: a mailbox beeps within this time. */
  beepWaitMs: number;
  /** After a greeting of any length, without a beep and without another word: nobody who is asked something is silent for so long. */
  mailboxSilenceMs: number;
  /** Without any speech from the first frame on. */
  longSilenceMs: number;
}

interface TimingVerdict {
  result: MachineResult;
  reason: MachineReason;
}

/** One a call. */
interface SpeechTiming {
  /** One frame; a verdict when this frame brings one. After `machine` there is no other. */
  hear(isSpeech: boolean): TimingVerdict | undefined;
}

/**
 * `waiting` for the first word; `speaking`, pauses within a greeting included; `ended`: too long for a person, and over; `asked`: no
 * beep came either; `greeted`: short enough for a person, who has said no more yet.
 */
type Phase = "waiting" | "speaking" | "ended" | "asked" | "greeted" | "decided";

/** No word is shorter; a cough is. */
const SHORTEST_WORD_MS = 140;

/** Counts from the first frame that it hears. */
export function createSpeechTiming(rules: SpeechTimingRules): SpeechTiming {
  let phase: Phase = "waiting";
  let nowMs = 0;
  let startedMs = 0;
  let spokenMs = 0;
  let hasTold = false;
  /** Of what is being said, without its pauses; and how things stood before it. */
  let voicedMs = 0;
  let before: { phase: Phase; startedMs: number; spokenMs: number } | undefined;

  function move(to: Phase, result: MachineResult, reason: MachineReason): TimingVerdict {
    phase = to;
    return { result, reason };
  }

  function begin(): void {
    before = { phase, startedMs, spokenMs };
    startedMs = nowMs - FRAME_MS;
    voicedMs = 0;
    phase = "speaking";
  }

  function whileSpeaking(): TimingVerdict | undefined {
    const lengthMs = spokenMs - startedMs;
    if (before?.phase === "greeted" && voicedMs >= SHORTEST_WORD_MS) phase = "decided";
    else if (lengthMs > rules.longestPromptMs) return move("decided", "machine", "speech_length");
    else if (nowMs - spokenMs < pauseAfter(lengthMs, rules)) return undefined;
    else if (voicedMs < SHORTEST_WORD_MS && before !== undefined) ({ phase, startedMs, spokenMs } = before);
    // A greeting that goes on after a pause is still that greeting: a short part does not make its speaker a person.
    else if (lengthMs > rules.longestHumanMs || before?.phase === "ended") phase = "ended";
    else return move("greeted", "human", "pause_after_speech");
    return undefined;
  }

  function whileSilent(): TimingVerdict | undefined {
    const silentMs = nowMs - spokenMs;
    if (phase === "ended" && silentMs >= rules.beepWaitMs) return move("asked", "unknown", "no_beep");
    if ((phase === "asked" || phase === "greeted") && silentMs >= rules.mailboxSilenceMs)
      return move("decided", "machine", "silence_after_greeting");
    if (phase !== "waiting" || hasTold || nowMs < rules.longSilenceMs) return undefined;
    hasTold = true;
    return { result: "unknown", reason: "long_silence" };
  }

  return {
    hear(isSpeech) {
      nowMs += FRAME_MS;
      if (phase === "decided") return undefined;
      if (isSpeech) {
        if (phase !== "speaking") begin();
        voicedMs += FRAME_MS;
        spokenMs = nowMs;
      }
      return phase === "speaking" ? whileSpeaking() : whileSilent();
    },
  };
}

/** The longer somebody has spoken, the longer must be the silence that means "and you?". */
function pauseAfter(lengthMs: number, { longestHumanMs, pauseAfterWordMs, pauseAfterLongestMs }: SpeechTimingRules): number {
  const share = Math.min(1, lengthMs / longestHumanMs);
  return pauseAfterWordMs + share * (pauseAfterLongestMs - pauseAfterWordMs);
}
