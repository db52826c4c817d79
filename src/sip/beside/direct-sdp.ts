// Descriptions of one far end as they are told to the other (RFC 3725): the same audio, under our own origin. Pure.

import { audioIndex, type Direction, mirrored, parseSdp, sectionsOf } from "../message/sdp.ts";

/** Our end of one of the two dialogs; the version grows with every change (RFC 3264 §8). */
export interface Origin {
  sessionId: number;
  version: number;
}

/**
 * `sdp` as the other is told it. Its origin is ours: either far end must see one session that goes on, whoever speaks in it.
 * `answering` is the other's own direction, to which an answer must fit.
 */
export function passOn(sdp: string, { sessionId, version }: Origin, answering?: Direction): string {
  const { session, streams } = sectionsOf(sdp);
  // Nothing but audio is passed on: what else one end offers is declined to it.
  const lines = [...session.filter((line) => !line.startsWith("a=group:")), ...(streams[audioIndex(streams)] ?? [])].filter(
    (line) => line !== "",
  );
  const address = /^o=\S+ \S+ \S+ (IN IP[46] \S+)/.exec(lines.find((line) => line.startsWith("o=")) ?? "")?.[1] ?? "IN IP4 0.0.0.0";
  const told = lines.map((line) => (line.startsWith("o=") ? `o=outdial ${sessionId} ${version} ${address}` : line));
  const fitting =
    answering === undefined
      ? told
      : [...told.filter((line) => !/^a=(sendrecv|sendonly|recvonly|inactive)\s*$/.test(line)), `a=${mirrored(answering)}`];
  return `${fitting.join("\r\n")}\r\n`;
}

/** Whether two descriptions mean the same audio, however they are written. */
export function isSameAudio(one: string, other: string): boolean {
  return JSON.stringify(parseSdp(one)) === JSON.stringify(parseSdp(other));
}

/** The same, whoever of the two may speak: an answer's direction follows from its offer, and is no news to who made that. */
export function isSamePlace(one: string, other: string): boolean {
  return JSON.stringify({ ...parseSdp(one), direction: "" }) === JSON.stringify({ ...parseSdp(other), direction: "" });
}

/** Why nothing can be sent to where the description says; undefined when it can. `secureOnly`: not without SRTP. */
export function audioProblem(sdp: string | undefined, secureOnly: boolean): string | undefined {
  const audio = sdp === undefined ? undefined : parseSdp(sdp);
  if (audio === undefined) return "the answer has no description of audio";
  if (audio.port === 0) return "the stream was declined";
  return secureOnly && (!audio.secure || audio.crypto === undefined)
    ? "the trunk requires SRTP, and the other end has no key for it"
    : undefined;
}
