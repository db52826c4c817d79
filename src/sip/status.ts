// From the final response, the Q.850 cause and the timers to what a call ended in: one table, a line a code.
// A code that is not listed counts as an attempt and is left to the campaign's policy, so that nobody is called too often.

import { CallEnding } from "../calls/call.ts";
import { type DialResult, isBotFault } from "../calls/ending.ts";

export type Verdict = Pick<DialResult, "ending" | "retry" | "reason"> & {
  /** The lead alone does not tell: when so many calls in a row end so, the fault is the trunk's or the account's. */
  suspect?: "account" | "protocol";
  /** Another route may do better once; a second time the campaign's policy decides. */
  requeueOnce?: boolean;
};

/** What is known of a call that was refused. */
export interface Refusal {
  status: number;
  /** The reason phrase and the texts of Reason and Warning, for the marks of blocks and limits. */
  text: string;
  cause: number | undefined;
  rang: boolean;
  retryAfter: boolean;
  /** `X-Twilio-Error`, when present. */
  providerCode: string | undefined;
}

const { noAnswer, busy, failed } = CallEnding;

const numberUnknown: Verdict = { ending: failed, retry: "never", reason: "number_unknown" };
const blocked: Verdict = { ending: failed, retry: "never", reason: "blocked" };
const callerIdRejected: Verdict = { ending: failed, retry: "halt", reason: "caller_id_rejected" };
const mediaRefused: Verdict = { ending: failed, retry: "policy", reason: "media_or_protocol", suspect: "protocol" };
const trunkBusy: Verdict = { ending: failed, retry: "requeue", reason: "trunk_busy" };
const trunkError: Verdict = { ending: failed, retry: "policy", reason: "trunk_error", requeueOnce: true };
const unavailable: Verdict = { ending: noAnswer, retry: "policy", reason: "unavailable" };
const notAnswered: Verdict = { ending: noAnswer, retry: "policy", reason: noAnswer };
const barred: Verdict = { ending: failed, retry: "policy", reason: "barred", suspect: "account" };

const byStatus: Record<number, Verdict> = {
  401: { ending: failed, retry: "halt", reason: "trunk_auth" },
  402: { ending: failed, retry: "halt", reason: "trunk_credit" },
  403: { ending: failed, retry: "never", reason: "forbidden", suspect: "account" },
  404: numberUnknown,
  405: mediaRefused,
  406: mediaRefused,
  407: { ending: failed, retry: "halt", reason: "trunk_auth" },
  408: { ending: failed, retry: "requeue", reason: "trunk_unreachable" },
  410: numberUnknown,
  415: mediaRefused,
  416: mediaRefused,
  420: mediaRefused,
  433: callerIdRejected,
  436: callerIdRejected,
  437: callerIdRejected,
  438: callerIdRejected,
  480: unavailable,
  482: trunkError,
  483: trunkError,
  484: numberUnknown,
  485: numberUnknown,
  486: { ending: busy, retry: "policy", reason: busy },
  487: unavailable,
  488: mediaRefused,
  // Carriers use 500 for one number as often as for themselves: it counts as an attempt.
  500: { ending: failed, retry: "policy", reason: "server_error" },
  501: trunkError,
  502: trunkError,
  503: trunkBusy,
  504: trunkError,
  505: trunkError,
  513: trunkError,
  580: trunkError,
  600: { ending: busy, retry: "policy", reason: busy },
  603: { ending: busy, retry: "policy", reason: "declined" },
  604: numberUnknown,
  606: mediaRefused,
  607: blocked,
  608: blocked,
};

const protocolFault: Verdict = { ending: failed, retry: "policy", reason: "trunk_error" };
const noRoute: Verdict = { ending: failed, retry: "never", reason: "no_route", requeueOnce: true };
const routeFault: Verdict = { ending: failed, retry: "policy", reason: "no_route", requeueOnce: true };
const networkFault: Verdict = { ending: failed, retry: "requeue", reason: "trunk_error" };

/** ITU-T Q.850; 26 and 102 depend on whether it rang and stand in `refusalVerdict`. */
const byCause: Record<number, Verdict> = {
  1: numberUnknown,
  22: numberUnknown,
  28: numberUnknown,
  2: routeFault,
  3: noRoute,
  25: routeFault,
  27: routeFault,
  16: notAnswered,
  18: notAnswered,
  19: notAnswered,
  20: unavailable,
  31: unavailable,
  17: { ending: busy, retry: "policy", reason: busy },
  21: { ending: busy, retry: "policy", reason: "declined" },
  29: barred,
  50: barred,
  52: barred,
  55: barred,
  57: barred,
  34: trunkBusy,
  38: networkFault,
  41: networkFault,
  42: trunkBusy,
  43: networkFault,
  44: trunkBusy,
  47: trunkBusy,
  58: networkFault,
  63: networkFault,
  65: protocolFault,
  69: protocolFault,
  79: protocolFault,
  88: protocolFault,
  95: protocolFault,
  96: protocolFault,
  97: protocolFault,
  98: protocolFault,
  99: protocolFault,
  100: protocolFault,
  101: protocolFault,
  111: protocolFault,
  127: protocolFault,
};

/** Codes that say little: a cause beside them is believed instead. */
const vague: readonly number[] = [480, 500, 503, 603];

const BLOCK_MARKS = /network[ -]?block|analytics|robocall|spam|unwanted|blocked/i;
const LIMIT_MARKS = /\bcps\b|calls? per second|concurren|channel limit|too many calls|rate limit|capacity|limit exceeded/i;

/** The last word on a final response of 300 or more: marks in the text, then the cause, then the code. */
export function refusalVerdict({ status, text, cause, rang, retryAfter, providerCode }: Refusal): Verdict {
  const listed = byStatus[status] ?? defaultVerdict(status);
  if (status === 603 && (BLOCK_MARKS.test(text) || providerCode === "32203")) return blocked;
  if (status >= 500 && status < 600 && LIMIT_MARKS.test(text)) return trunkBusy;
  if (status === 408 && rang) return notAnswered;
  // "Come back later" is said by the trunk about itself, whatever cause it gives beside it.
  if (status === 503 && retryAfter) return trunkBusy;
  if (cause === undefined || !vague.includes(status)) return listed;
  if (cause === 26 || cause === 102) return rang ? notAnswered : trunkError;
  return byCause[cause] ?? listed;
}

/** The class decides (RFC 3261 §8.1.3.2), never towards dialing again at once. */
function defaultVerdict(status: number): Verdict {
  if (status >= 300 && status < 400) return { ending: failed, retry: "policy", reason: "redirected" };
  if (status >= 600) return { ending: busy, retry: "policy", reason: "declined" };
  if (status >= 500) return { ending: failed, retry: "policy", reason: "server_error" };
  return { ending: failed, retry: "policy", reason: "refused" };
}

/** Ends that no response tells. */
export const silentVerdicts = {
  /** Timer B, DNS, TCP or TLS: nothing of the trunk was heard. */
  unreachable: { ending: failed, retry: "requeue", reason: "trunk_unreachable" },
  ringTimeout: { ending: noAnswer, retry: "policy", reason: "ring_timeout" },
  /** The trunk took the call and then fell silent, even to our CANCEL. */
  trunkSilent: { ending: noAnswer, retry: "policy", reason: "trunk_silent" },
  noMediaPort: { ending: failed, retry: "requeue", reason: "no_media_port" },
  mediaRefused,
  noMedia: { ending: failed, retry: "policy", reason: "no_media" },
} as const satisfies Record<string, Verdict>;

const machineWords: readonly string[] = ["machine_answered", "voicemail"];
/** Nobody can be talked to there, now or later. */
const deadEnds: readonly string[] = ["fax", "number_unknown"];
/** The audio of a conversation was lost here: no fault of the bot's, and no conversation that came to its end. */
const mediaFaults: readonly string[] = ["media_lost", "media_failed", "srtp_failed", "bot_unsupported"];
const ownWords: readonly string[] = [...machineWords, ...deadEnds, ...mediaFaults, "silence_timeout", "opted_out"];

/**
 * A conversation that the bot's side ended: what its reason makes of it. A bot that was never there is a fault of ours, and
 * gives the attempt back; one that is lost in the middle had a person on the line.
 */
export function botVerdict(reason: string): Verdict {
  if (reason === "bot_unreachable") return { ending: failed, retry: "requeue", reason };
  if (isBotFault(reason) || mediaFaults.includes(reason)) return { ending: failed, retry: "policy", reason };
  if (deadEnds.includes(reason)) return { ending: failed, retry: "never", reason };
  if (machineWords.includes(reason)) return { ending: CallEnding.voicemail, retry: "policy", reason };
  return { ending: CallEnding.completed, retry: "policy", reason };
}

/** The same, before anybody has picked up: a ringing telephone is let alone, whatever the reason. */
export function botVerdictOfRinging(reason: string): Verdict {
  return { ...silentVerdicts.ringTimeout, ending: mediaFaults.includes(reason) ? failed : noAnswer, reason };
}

/** Whether it was this program itself that ended the conversation, by its ear on the line or by a fault, and not the bot. */
export function isOfLine(reason: string): boolean {
  return ownWords.includes(reason);
}

/** However a call that a machine answered came to its end, it is a voicemail; but for a bot that is to go on as with a person. */
export function machineEnding(ending: CallEnding, action: "hangup" | "continue" | "message"): CallEnding {
  return ending === CallEnding.completed && action !== "continue" ? CallEnding.voicemail : ending;
}

/** A conversation that ended without a fault; `reason` says how. */
export function talkedVerdict(reason: string): Verdict {
  return { ending: CallEnding.completed, retry: "policy", reason };
}
