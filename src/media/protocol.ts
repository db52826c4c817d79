// What the main thread and the media worker say to each other. No call's audio is in it.
// The shapes of RemoteMedia and MediaReport are those of the port that signalling declares.

import type { BotPlan, BotWord, TwimlOrder } from "../calls/bot.ts";
import type { Codec } from "./sound/g711.ts";
import type { BotEnd } from "./media-bot.ts";

/** From our side: whether we may send, and whether anything is to be expected. */
type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

/** SDES key parameters, `inline:…`. */
export interface CryptoLine {
  suite: string;
  key: string;
}

/** The far end, as the last SDP names it. */
export interface RemoteMedia {
  address: string;
  port: number;
  codec: Codec;
  payloadType: number;
  telephoneEvent?: number;
  /** Telephone-events are also taken under this number. */
  offeredEvent?: number;
  direction: Direction;
  crypto?: CryptoLine;
  latch: boolean;
  /** RTCP goes to the RTP port itself; otherwise to `rtcpPort`, or to the one above. */
  rtcpMux?: boolean;
  rtcpPort?: number;
}

/** What one call measured. `packetsRefused`: from strangers, malformed, forged or of a type that was not agreed. */
export interface MediaReport {
  packetsSent: number;
  packetsReceived: number;
  packetsLost: number;
  jitterMs: number;
  packetsRefused: number;
  packetsLate: number;
  framesConcealed: number;
}

/** The report of a call whose figures are lost. */
export const NOTHING_MEASURED: MediaReport = {
  packetsSent: 0,
  packetsReceived: 0,
  packetsLost: 0,
  jitterMs: 0,
  packetsRefused: 0,
  packetsLate: 0,
  framesConcealed: 0,
};

/** What the worker is started with; it binds the ports and answers `ready`. */
export interface WorkerSettings {
  address: string;
  ports: readonly number[];
  noRtpMs: number;
  /** The folder for recordings of calls, which is there; undefined: none are made. */
  recordings: string | undefined;
}

/** Orders; those for one session arrive in their order. */
export type ToWorker =
  | { type: "start"; settings: WorkerSettings }
  /** An agent's recording, ahead of the first call that plays it; calls that have it keep it when it is forgotten. */
  | { type: "audio"; id: string; samples: Int16Array }
  | { type: "forgetAudio"; id: string }
  /** Every session is closed: answered with `finished` once no file is open any more. */
  | { type: "finish" }
  | { type: "open"; session: number; port: number; bot: BotPlan; crypto: readonly CryptoLine[] }
  | { type: "connect"; session: number; remote: RemoteMedia }
  | { type: "answer"; session: number }
  | { type: "sendDtmf"; session: number; digits: string }
  /** The far end told a key by signalling. */
  | { type: "pressed"; session: number; key: string }
  /** From now on each of the two is the other's bot. */
  | { type: "bridge"; session: number; other: number; to: "bot" | "hand_over" }
  | { type: "transferFailed"; session: number; reason: string }
  | { type: "redirect"; session: number; order: TwimlOrder }
  | { type: "close"; session: number };

/** Answers and events. `closed` comes exactly once for each `open`, unless the worker dies. */
export type FromWorker =
  | { type: "ready"; ports: readonly number[] }
  | { type: "botEnded"; session: number; end: BotEnd }
  | { type: "dtmf"; session: number; digit: string }
  | { type: "noRtp"; session: number }
  | { type: "told"; session: number; word: BotWord }
  /** For the log. */
  | { type: "note"; session: number; what: string }
  | { type: "closed"; session: number; report: MediaReport }
  /** The recording of a call is whole and closed; comes after the call's `closed`. */
  | { type: "recorded"; callId: string; bytes: number; durationMs: number }
  | { type: "recordingFailed"; callId: string; error: string }
  | { type: "finished" }
  | { type: "fault"; session: number; error: string }
  /** Nobody knows in whose call. */
  | { type: "strayFault"; error: string };
