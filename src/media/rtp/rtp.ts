// RTP packets (RFC 3550 §5.1): the header read and written, and arithmetic on numbers that wrap.

/** Of the packets that we send: they name no contributing source and have no extension. */
export const RTP_HEADER_BYTES = 12;

/** The payload is `bytes[start]` to before `bytes[end]`: no view is made of it, because 50 a second and call cost more than the audio. */
export interface RtpPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  start: number;
  end: number;
}

/** Where the payload begins, or -1 for what is no RTP header; SRTP encrypts from there. */
export function rtpPayloadStart(bytes: Uint8Array): number {
  const first = bytes[0] ?? 0;
  if (bytes.length < RTP_HEADER_BYTES || first >> 6 !== 2) return -1;
  let start = RTP_HEADER_BYTES + (first & 0x0f) * 4;
  if ((first & 0x10) !== 0) {
    if (start + 4 > bytes.length) return -1;
    start += 4 + readUint16(bytes, start + 2) * 4;
  }
  return start <= bytes.length ? start : -1;
}

/** Without padding, header extension or contributing sources; undefined for anything that is not a whole, well-formed packet. */
export function parseRtp(bytes: Uint8Array): RtpPacket | undefined {
  const start = rtpPayloadStart(bytes);
  if (start < 0) return undefined;
  let end = bytes.length;
  if (((bytes[0] ?? 0) & 0x20) !== 0) {
    const padding = bytes[end - 1] ?? 0;
    if (padding === 0 || start + padding > end) return undefined;
    end -= padding;
  }
  const second = bytes[1] ?? 0;
  return {
    payloadType: second & 0x7f,
    marker: second >> 7 === 1,
    sequence: readUint16(bytes, 2),
    timestamp: readUint32(bytes, 4),
    ssrc: readUint32(bytes, 8),
    start,
    end,
  };
}

/** Fills the first 12 bytes; the caller puts the payload after them. */
export function writeRtpHeader(bytes: Uint8Array, header: Omit<RtpPacket, "start" | "end">): void {
  bytes[0] = 0x80;
  bytes[1] = header.payloadType | (header.marker ? 0x80 : 0);
  writeUint16(bytes, 2, header.sequence);
  writeUint32(bytes, 4, header.timestamp);
  writeUint32(bytes, 8, header.ssrc);
}

/** RTCP on a port that carries both: its packet types, 192 to 223, are no RTP payload type (RFC 5761 §4). */
export function isRtcp(bytes: Uint8Array): boolean {
  const type = bytes[1] ?? 0;
  return bytes.length >= 8 && (bytes[0] ?? 0) >> 6 === 2 && type >= 192 && type <= 223;
}

/** How far `later` is ahead of `earlier`, from -32,768 to 32,767. */
export function sequenceDistance(later: number, earlier: number): number {
  return ((later - earlier) << 16) >> 16;
}

/** How far `later` is ahead of `earlier` in samples, from -2^31 to 2^31 - 1. */
export function timestampDistance(later: number, earlier: number): number {
  return (later - earlier) | 0;
}

/** Big-endian; a byte past the end counts as 0. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Big-endian and unsigned; a byte past the end counts as 0. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0;
}

/** Big-endian; higher bits are cut off. */
export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >>> 8) & 0xff;
  bytes[at + 1] = value & 0xff;
}

/** Big-endian; higher bits are cut off. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, value >>> 16);
  writeUint16(bytes, at + 2, value & 0xffff);
}
