// What happens to a simulated call: by the number's last four digits, otherwise by seed and answer rate.

import { CallEnding } from "../calls/call.ts";
import type { Analysis } from "../calls/disposition.ts";
import type { DialResult } from "../calls/ending.ts";
import { seededRandom } from "../runtime/random.ts";

/** A trunk's `simulator` field. Real times: `talkMs` may shrink a two-minute call to 400 ms. */
export interface SimulatorOptions {
  seed: number;
  ringMs: number;
  talkMs: number;
  answerRate: number;
}

export const simulatorDefaults: SimulatorOptions = { seed: 1, ringMs: 200, talkMs: 400, answerRate: 0.6 };

/** A call's whole course, decided before it begins. Durations inside `result` are in the call's own clock. */
export interface SimulatedCourse {
  rings: boolean;
  answers: boolean;
  result: DialResult;
}

const RING_MS = 8_000;
const TALK_MS = 95_000;
const SHORT_TALK_MS = 1_900;

type Refused = Pick<DialResult, "ending" | "retry" | "reason" | "q850Cause">;

/** Last four digits → the SIP answer they stand for. Causes: ITU-T Q.850. */
const refusals: Record<string, Refused & { sipCode: number; rings?: boolean }> = {
  "0486": { sipCode: 486, ending: CallEnding.busy, retry: "policy", reason: "busy", q850Cause: 17 },
  "0480": { sipCode: 480, ending: CallEnding.noAnswer, retry: "policy", reason: "no_answer", q850Cause: 18, rings: true },
  "0404": { sipCode: 404, ending: CallEnding.failed, retry: "never", reason: "number_unknown", q850Cause: 1 },
  "0603": { sipCode: 603, ending: CallEnding.busy, retry: "policy", reason: "declined", q850Cause: 21, rings: true },
  "0503": { sipCode: 503, ending: CallEnding.failed, retry: "requeue", reason: "trunk_busy", q850Cause: 34 },
  "0500": { sipCode: 500, ending: CallEnding.failed, retry: "policy", reason: "server_error", q850Cause: 41 },
};

/** Last four digits → a conversation with this analysis. */
const conversations: Record<string, Analysis | undefined> = {
  "0200": undefined,
  "0201": { lead_qualified: true, summary: "asked for a quote" },
  "0202": { next_action: "not_interested", summary: "does not want to be called" },
  "0203": { next_action: "callback_later", summary: "asked for a call later" },
};

/** The same number, attempt and seed give the same course for ever. */
export function courseOf(number: string, attempt: number, options: SimulatorOptions): SimulatedCourse {
  const digits = number.slice(-4);
  const refused = refusals[digits];
  if (refused !== undefined) {
    const { rings = false, ...result } = refused;
    return { rings, answers: false, result: { ...result, hungUpBy: "them", ringMs: rings ? RING_MS : 0, talkMs: 0 } };
  }
  if (digits in conversations) return conversation(TALK_MS, conversations[digits]);
  if (digits === "0298") return conversation(SHORT_TALK_MS, undefined);
  if (digits === "0299") return voicemail();
  return drawn(number, attempt, options);
}

function drawn(number: string, attempt: number, { seed, answerRate }: SimulatorOptions): SimulatedCourse {
  const random = seededRandom(hash(`${seed}:${number}:${attempt}`));
  const answered = random.fraction() < answerRate;
  const share = random.fraction();
  if (answered) return share < 0.1 ? voicemail() : conversation(10_000 + Math.floor(share * 170_000), drawnAnalysis(random.fraction()));
  const refused = share < 0.4 ? refusals["0486"] : refusals["0480"];
  const { rings = false, ...result } = refused ?? {
    sipCode: 480,
    ending: CallEnding.noAnswer,
    retry: "policy" as const,
    reason: "no_answer",
  };
  return { rings, answers: false, result: { ...result, hungUpBy: "them", ringMs: rings ? RING_MS : 0, talkMs: 0 } };
}

function drawnAnalysis(share: number): Analysis | undefined {
  if (share < 0.25) return conversations["0201"];
  if (share < 0.5) return conversations["0202"];
  if (share < 0.65) return conversations["0203"];
  return undefined;
}

function conversation(talkMs: number, analysis: Analysis | undefined): SimulatedCourse {
  const result: DialResult = {
    ending: CallEnding.completed,
    retry: "policy",
    reason: "normal_clearing",
    sipCode: 200,
    q850Cause: 16,
    hungUpBy: "them",
    ringMs: RING_MS,
    talkMs,
  };
  return { rings: true, answers: true, result: analysis === undefined ? result : { ...result, analysis } };
}

function voicemail(): SimulatedCourse {
  const result: DialResult = {
    ending: CallEnding.voicemail,
    retry: "policy",
    reason: "machine_answered",
    sipCode: 200,
    q850Cause: 16,
    hungUpBy: "us",
    ringMs: RING_MS,
    talkMs: 6_000,
  };
  return { rings: true, answers: true, result };
}

/** FNV-1a over the text: spreads neighbouring numbers. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
