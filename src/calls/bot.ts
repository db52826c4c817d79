// What talks on an answered call: the plan that travels with the order to the dialer and its media, and what is said of the
// call while it goes on.

import type { Analysis } from "./disposition.ts";

/**
 * How the agent's bot is reached. `talkMs` of a simulated bot: how long it talks before it hangs up. `port` of a process: where
 * this call's own listens on the loopback, once it is started.
 */
export type BotConnection =
  | { type: "simulated"; talkMs?: number }
  | { type: "stream"; url: string }
  | { type: "twiml"; url: string }
  | ({ type: "sip"; uri: string; transport?: "udp" | "tcp" | "tls"; media?: "relay" | "direct" } & SipAccess)
  | { type: "process"; command: string; args?: readonly string[]; port?: number }
  | { type: "announcement"; audio: string; keys: Readonly<Record<string, KeyAction>>; waitSeconds: number; repeats: number };

/** What a SIP peer asks of us, and what its certificate is believed by. Without both of username and password no challenge is answered. */
export interface SipAccess {
  username?: string;
  password?: string;
  tls?: { verify?: boolean; ca?: string | null; serverName?: string | null };
}

/** What a pressed key does: the number goes on the do-not-call list, the call gets this outcome, or the person is handed over. */
export type KeyAction = "opt_out" | { outcome: Analysis } | { transfer: string };

/** The call as its bot is told of it. A single call has no lead. */
interface BotCall {
  id: string;
  leadId: string | undefined;
  from: string;
  to: string;
  attempt: number;
}

/** The names and the secret by which bots written for Twilio know a call and its account. */
export interface BotAccount {
  accountSid: string;
  callSid: string;
  /** Signs what is sent to the bot, and is the password of what it asks of us. */
  authToken: string;
}

/** TwiML that takes over a call in progress: the document itself, or where to ask for it. */
export type TwimlOrder = { twiml: string } | { url: string; method: "GET" | "POST" };

/** What this program does on the line itself, beside the bot. */
export interface LinePlan {
  voicemail: {
    detect: boolean;
    action: "hangup" | "continue" | "message";
    /** The recording that is left; without it the action message is the bot's to carry out. */
    audio: string | undefined;
    /** Rendered. */
    message: string;
  };
  /** Without speech on either side for so long the call is ended; 0 for never. */
  silenceTimeoutMs: number;
  /** The key that puts the person's number on the do-not-call list. */
  optOutKey: string | undefined;
  record: boolean;
}

/** The bot of one call, and what it is told. */
export interface BotPlan {
  connection: BotConnection;
  /** Rendered: no tag is left in it. */
  systemPrompt: string;
  /** Rendered; empty when the bot waits for the person to speak first. */
  welcomeMessage: string;
  /** The lead's variables over the agent's defaults. */
  variables: Record<string, unknown>;
  call: BotCall;
  line: LinePlan;
  /** Absent where no bot of ours could use it. */
  account?: BotAccount;
  /** Where the outcome of this call is reported: the whole URL. */
  outcomeUrl?: string;
  /** Opens `outcomeUrl`, once; absent where no API listens. */
  outcomeToken?: string;
}

/** A line that nothing is done on: no detection, no recording, no limit. */
export const bareLine: LinePlan = {
  voicemail: { detect: false, action: "continue", audio: undefined, message: "" },
  silenceTimeoutMs: 0,
  optOutKey: undefined,
  record: false,
};

/** Who or what picked up, by our own ear or the bot's word. `atMs` is counted from the answer. */
export interface MachineVerdict {
  result: "human" | "machine" | "fax" | "unobtainable" | "unsure";
  /** A word such as `beep`, `speech_length`, `bot`. */
  reason: string;
  atMs: number;
}

/** How a person's wish not to be called again was learnt; `quote` is the evidence: a key, or their words. */
export interface OptOut {
  by: "key" | "bot" | "phrase" | "analysis";
  quote: string;
}

/** What is said of a call while it goes on, by its bot or by our own ear on the line. */
export type BotWord =
  | { type: "outcome"; analysis?: Analysis; transcript?: unknown }
  | { type: "opt_out"; optOut: OptOut }
  /** The person is to be handed over: a number (E.164) or a SIP address. */
  | { type: "transfer"; to: string }
  /** It came to nothing, and the conversation goes on; `reason` is a word such as busy or ring_timeout. */
  | { type: "transfer_failed"; to: string; reason: string }
  | { type: "machine"; verdict: MachineVerdict };

/** A variable as templates and bots read it: objects and lists as JSON, what is missing as an empty text. */
export function textOfVariable(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
