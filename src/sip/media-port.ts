// What the SIP dialer needs of media: one session a call, opened before the INVITE so that the offer has a port.

import type { BotPlan, BotWord, TwimlOrder } from "../calls/bot.ts";
import type { Analysis } from "../calls/disposition.ts";

export type Codec = "PCMU" | "PCMA";

/** What a session is opened with. */
export interface MediaOrder {
  callId: string;
  bot: BotPlan;
  /** Prepare SRTP keys (SDES, RFC 4568) for the offer. */
  srtp: boolean;
}

/** The far end as the SDP answer or a re-INVITE names it; directions are ours. */
export interface RemoteMedia {
  address: string;
  port: number;
  codec: Codec;
  payloadType: number;
  /** Payload type of telephone-event at 8000 Hz, when agreed. */
  telephoneEvent?: number;
  /** The number that we gave telephone-event when we offered: a peer that chose another for itself may send by ours. */
  offeredEvent?: number;
  /** RTCP goes to RTP's own port; otherwise to `rtcpPort`, or to the one above. */
  rtcpMux?: boolean;
  rtcpPort?: number;
  direction: "sendrecv" | "sendonly" | "recvonly" | "inactive";
  /** The peer's SDES key parameters (`inline:…`) and suite, when SRTP was agreed. */
  crypto?: { suite: string; key: string };
  /** Send to where packets come from, once a run of good ones came from one address. */
  latch: boolean;
}

/** Reported while the session is open. */
export interface MediaEvents {
  /** The bot is done, or lost: the call is to be ended with this reason. */
  botEnded(end: { reason: string; analysis?: Analysis }): void;
  dtmf(digit: string): void;
  /** Nothing arrived from the far end for as long as the engine allows. */
  noRtp(): void;
  /** Said by the bot, or heard on the line. */
  told(word: BotWord): void;
}

export interface MediaSession {
  /** Of this engine, never used again. */
  readonly id: number;
  /** Of RTP, for the offer. RTCP shares it where rtcp-mux is agreed, else it is one above. */
  readonly port: number;
  /** Our SDES keys for the offer, one for each suite, when asked for; else none. */
  readonly crypto: readonly { suite: string; key: string }[];
  /** Early media: listen to (and keep the path open towards) the far end. Again on every change. */
  connect(remote: RemoteMedia): void;
  /** Answered: the bot begins. */
  answer(): void;
  sendDtmf(digits: string): void;
  /** A key that the far end told by signalling. Of a call in which keys also come in the audio, those of the first kind count. */
  pressed(key: string): void;
  /**
   * Joins two lines of one engine: what is heard on one is said on the other, both ways, and keys are passed on. The bots so
   * far are closed. Whoever hangs up, the other line is still to be ended. Again with a third line: it takes the second's place.
   * Once the person is handed over, nobody listens any more whether a machine has answered.
   */
  bridge(other: Pick<MediaSession, "id">, to: "bot" | "hand_over"): void;
  /** Tells the bot, if it can hear it, that the person could not be handed over. */
  transferFailed(reason: string): void;
  /** TwiML takes over from what the bot had planned. */
  redirect(order: TwimlOrder): void;
  /** Frees everything; resolves with what was measured. Twice is fine. */
  close(): Promise<MediaReport>;
}

/** What a session measured, for the call's record. */
export interface MediaReport {
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
  jitterMs: number;
}

export interface MediaEngine {
  /**
   * Answers at once, because an INVITE leaves in the turn of its claim: sockets are bound ahead of time.
   * Undefined when none is free.
   */
  open(order: MediaOrder, events: MediaEvents): MediaSession | undefined;
  stop(): Promise<void>;
}

/** Of a line whose audio never passes through here. */
export const noSession: MediaSession = {
  id: 0,
  port: 0,
  crypto: [],
  connect: () => undefined,
  answer: () => undefined,
  sendDtmf: () => undefined,
  pressed: () => undefined,
  bridge: () => undefined,
  transferFailed: () => undefined,
  redirect: () => undefined,
  close: () => Promise.resolve({ packetsSent: 0, packetsReceived: 0, packetsLost: 0, jitterMs: 0 }),
};
