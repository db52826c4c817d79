// Session descriptions for one audio stream (RFC 8866, offer/answer RFC 3264): what we offer, what the peer's means. Pure.

import type { Codec, RemoteMedia } from "../media-port.ts";
import { hostText, isIpAddress } from "./uri.ts";

export type Direction = RemoteMedia["direction"];

/** Static payload types (RFC 3551); telephone-event is dynamic. */
const payloadTypes: Record<Codec, number> = { PCMU: 0, PCMA: 8 };
const TELEPHONE_EVENT = 101;

/** Our end of the stream. */
export interface LocalMedia {
  /** Of the `o=` line; the version grows with every change (RFC 3264 §8). */
  sessionId: number;
  version: number;
  address: string;
  port: number;
  codecs: readonly Codec[];
  direction: Direction;
  /** Our keys, one for each suite, in order of preference; none: no SRTP. */
  crypto: readonly { suite: string; key: string }[];
  /** Offer RTP/SAVP alone; else RTP/AVP, with the key beside it when there is one. */
  secureOnly: boolean;
}

/** What a peer's description says of its audio; `direction` is the peer's. */
export interface PeerMedia {
  /** Or a name, which RFC 8866 allows. */
  address: string;
  port: number;
  direction: Direction;
  secure: boolean;
  /** As it stands in the stream's line: `RTP/AVP`, or with S or F. */
  profile: string;
  /** In the peer's order: what it can, with the numbers it gave them. */
  codecs: readonly { codec: Codec; payloadType: number }[];
  telephoneEvent: number | undefined;
  rtcpMux: boolean;
  /** Where reports go when it is not the port above (RFC 3605). */
  rtcpPort: number | undefined;
  ptimeMs: number;
  crypto: { tag: number; suite: string; key: string } | undefined;
}

/** Texts from outside have no business inside a line. */
const word = (text: string) => text.replace(/[\r\n\0]/g, "");

/** An offer lists all codecs; an answer only the agreed one, with the offer's own numbers. */
export function writeSdp(local: LocalMedia, answering?: PeerMedia): string {
  const agreed = answering === undefined ? undefined : agreedCodec(answering, local.codecs);
  const audio = agreed === undefined ? local.codecs.map((codec) => ({ codec, payloadType: payloadTypes[codec] })) : [agreed];
  const event = answering === undefined ? TELEPHONE_EVENT : answering.telephoneEvent;
  const numbers = [...audio.map(({ payloadType }) => payloadType), ...(event === undefined ? [] : [event])];
  const family = local.address.includes(":") ? "IP6" : "IP4";
  const profile = answering?.profile ?? (local.secureOnly ? "RTP/SAVP" : "RTP/AVP");
  const lines = [
    "v=0",
    `o=outdial ${local.sessionId} ${local.version} IN ${family} ${local.address}`,
    "s=-",
    `c=IN ${family} ${local.address}`,
    "t=0 0",
    `m=audio ${local.port} ${profile} ${numbers.join(" ")}`,
    ...audio.map(({ codec, payloadType }) => `a=rtpmap:${payloadType} ${codec}/8000`),
    ...(event === undefined ? [] : [`a=rtpmap:${event} telephone-event/8000`, `a=fmtp:${event} 0-16`]),
    "a=ptime:20",
    `a=${local.direction}`,
    ...(answering === undefined || answering.rtcpMux ? ["a=rtcp-mux"] : []),
  ];
  const keys = answering === undefined ? local.crypto : local.crypto.filter(({ suite }) => suite === answering.crypto?.suite);
  keys.forEach(({ suite, key }, index) => lines.push(`a=crypto:${answering?.crypto?.tag ?? index + 1} ${word(suite)} ${word(key)}`));
  return `${lines.join("\r\n")}\r\n`;
}

/** The peer's first codec that is ours too, under the peer's number. */
function agreedCodec(peer: PeerMedia, ours: readonly Codec[]): { codec: Codec; payloadType: number } | undefined {
  return peer.codecs.find(({ codec }) => ours.includes(codec));
}

const directions: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

const AUDIO = /^m=audio (\d{1,5})(?:\/\d+)? +(RTP\/S?AVPF?) ([\d ]+)$/;

/** A description's lines without what trails them: before its streams, and those of each stream, which begin with its `m=`. */
export function sectionsOf(body: string): { session: string[]; streams: string[][] } {
  const session: string[] = [];
  const streams: string[][] = [];
  for (const line of body.split(/\r?\n/).map((text) => text.trimEnd())) {
    if (line.startsWith("m=")) streams.push([line]);
    else (streams.at(-1) ?? session).push(line);
  }
  return { session, streams };
}

/** Which stream is the audio: the first that is not declined and whose profile is spoken here; -1 when there is none. */
export function audioIndex(streams: readonly (readonly string[])[]): number {
  const open = streams.findIndex(([line = ""]) => AUDIO.test(line) && !line.startsWith("m=audio 0 "));
  return open < 0 ? streams.findIndex(([line = ""]) => AUDIO.test(line)) : open;
}

/** The peer's audio, or undefined when there is none that could be talked to. */
export function parseSdp(body: string): PeerMedia | undefined {
  const { session, streams } = sectionsOf(body);
  const media = streams[audioIndex(streams)];
  const stream = AUDIO.exec(media?.[0] ?? "");
  const address = connectionOf(media ?? []) ?? connectionOf(session);
  if (session[0] !== "v=0" || media === undefined || stream === null || address === undefined) return undefined;
  const port = Number(stream[1]);
  if (port > 65_535) return undefined;
  const numbers = (stream[3] ?? "").trim().split(/ +/).map(Number);
  const attributes = media.filter((line) => line.startsWith("a=")).map((line) => line.slice(2).trim());
  const formats = formatsOf(numbers, attributes);
  const direction =
    directions.find((name) => attributes.includes(name)) ?? directions.find((name) => session.includes(`a=${name}`)) ?? "sendrecv";
  const profile = stream[2] ?? "RTP/AVP";
  return {
    address,
    port,
    direction: isUnspecified(address) ? deaf(direction) : direction,
    secure: profile.includes("SAVP"),
    profile,
    ...formats,
    rtcpMux: attributes.includes("rtcp-mux"),
    rtcpPort: numberOf(attributes, /^rtcp:(\d{1,5})(?: |$)/),
    ptimeMs: numberOf(attributes, /^ptime:(\d{1,3})$/) ?? 20,
    crypto: cryptoOf(attributes),
  };
}

/** Whether this is the address of nobody, which is the old way to hold (RFC 3264 §8.4). */
export function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || /^[0:]+$/.test(address);
}

/** What is left of a direction for an end that hears nothing. */
function deaf(direction: Direction): Direction {
  if (direction === "sendrecv") return "sendonly";
  return direction === "recvonly" ? "inactive" : direction;
}

/** The first attribute of this form. */
function numberOf(attributes: readonly string[], form: RegExp): number | undefined {
  const value = attributes.map((line) => form.exec(line)?.[1]).find((found) => found !== undefined);
  return value === undefined ? undefined : Number(value);
}

function connectionOf(lines: readonly string[]): string | undefined {
  for (const line of lines) {
    const found = /^c=IN (?:IP4 (\d{1,3}(?:\.\d{1,3}){3})|IP6 ([0-9A-Fa-f:.]+)|IP[46] ([A-Za-z0-9][A-Za-z0-9.-]*))(?:\/\d+)*\s*$/.exec(
      line,
    );
    if (found !== null) return found[1] ?? found[2] ?? found[3];
  }
  return undefined;
}

function formatsOf(numbers: readonly number[], attributes: readonly string[]): Pick<PeerMedia, "codecs" | "telephoneEvent"> {
  const maps = new Map<number, string>([
    [payloadTypes.PCMU, "PCMU/8000"],
    [payloadTypes.PCMA, "PCMA/8000"],
  ]);
  for (const line of attributes) {
    const map = /^rtpmap:(\d{1,3}) +([A-Za-z0-9-]+\/\d+)(?:\/1)?$/.exec(line);
    if (map !== null) maps.set(Number(map[1]), (map[2] ?? "").toUpperCase());
  }
  const codecs: { codec: Codec; payloadType: number }[] = [];
  let telephoneEvent: number | undefined;
  for (const payloadType of numbers) {
    const name = maps.get(payloadType);
    if (name === "PCMU/8000") codecs.push({ codec: "PCMU", payloadType });
    else if (name === "PCMA/8000") codecs.push({ codec: "PCMA", payloadType });
    else if (name === "TELEPHONE-EVENT/8000") telephoneEvent ??= payloadType;
  }
  return { codecs, telephoneEvent };
}

const SUITES = ["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"];

/** The first key line whose suite is spoken here (RFC 4568). Lifetimes are not kept; a key with an MKI would lengthen each packet. */
function cryptoOf(attributes: readonly string[]): PeerMedia["crypto"] {
  for (const line of attributes) {
    const found = /^crypto:(\d{1,9}) (\S+) (inline:[A-Za-z0-9+/=]+)(?:\|[0-9^]+)?(?: .*)?$/.exec(line);
    if (found !== null && SUITES.includes(found[2] ?? "")) return { tag: Number(found[1]), suite: found[2] ?? "", key: found[3] ?? "" };
  }
  return undefined;
}

/** What we may do when the peer's description says this of itself. */
export function mirrored(direction: Direction): Direction {
  if (direction === "sendonly") return "recvonly";
  if (direction === "recvonly") return "sendonly";
  return direction;
}

/** Loopback, private, link-local and unspecified addresses, which no carrier on the open internet can mean. */
export function isInternalAddress(address: string): boolean {
  const text = address.toLowerCase().replace(/^::ffff:/, "");
  if (text.includes(":")) return text === "::1" || text === "::" || /^(fc|fd|fe[89ab])/.test(text);
  return /^(0|10|127)\.|^169\.254\.|^192\.168\.|^172\.(1[6-9]|2\d|3[01])\.|^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./.test(text);
}

/** Whether a peer seen at `seen` names an inside address that is not meant for us: it sits behind NAT. */
export function isHidden(named: string, seen: string): boolean {
  return named !== seen && isInternalAddress(named) && !isInternalAddress(seen);
}

/** What we bring to a stream: `signalling` is where the trunk answers from, `keyed` that our description had a key. */
export interface OwnSide {
  codecs: readonly Codec[];
  signalling: string;
  latch: boolean;
  keyed: boolean;
  secureOnly: boolean;
}

/** What media needs to know of a peer, or why there can be none. */
export function remoteMedia(peer: PeerMedia, { codecs, signalling, latch, keyed, secureOnly }: OwnSide): RemoteMedia | { refused: string } {
  const agreed = agreedCodec(peer, codecs);
  const crypto = keyed ? peer.crypto : undefined;
  if (peer.port === 0) return { refused: "the stream was declined" };
  if (agreed === undefined) return { refused: "no codec in common" };
  if (crypto === undefined && (secureOnly || peer.secure)) return { refused: "no key for SRTP in common" };
  const isName = !isIpAddress(peer.address);
  const unroutable = isName || isHidden(peer.address, signalling);
  // A carrier that names an inside address is behind NAT; without latching, packets would go to a host in our own network. A name
  // is not looked up in the middle of a call: it stands for the carrier, and its packets show where it is.
  if (unroutable && !latch && !isUnspecified(peer.address))
    return { refused: `the address ${hostText(peer.address)} is ${isName ? "a name" : "an inside one"}, which takes latching` };
  const address = unroutable ? signalling : peer.address;
  const remote: RemoteMedia = {
    address,
    port: peer.port,
    ...agreed,
    direction: mirrored(peer.direction),
    latch,
    offeredEvent: TELEPHONE_EVENT,
    rtcpMux: peer.rtcpMux,
  };
  if (peer.telephoneEvent !== undefined) remote.telephoneEvent = peer.telephoneEvent;
  if (peer.rtcpPort !== undefined) remote.rtcpPort = peer.rtcpPort;
  if (crypto !== undefined) remote.crypto = { suite: crypto.suite, key: crypto.key };
  return remote;
}
