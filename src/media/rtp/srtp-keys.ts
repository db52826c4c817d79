// Keys of SRTP: from an SDP key parameter to session keys (RFC 3711 §4.3), and the AES counter-mode keystream (§4.1.1).

import { createCipheriv } from "node:crypto";
import { writeUint16, writeUint32 } from "./rtp.ts";

const KEY_BYTES = 16;
const SALT_BYTES = 14;
const BLOCK = 16;

/** The bytes that an `inline:` key parameter holds. */
export const SRTP_MASTER_BYTES = KEY_BYTES + SALT_BYTES;

/** What two ends share: 16 bytes of key, 14 of salt. */
export interface SrtpMaster {
  key: Uint8Array;
  salt: Uint8Array;
}

/** From 30 bytes, as `inline:` orders them. */
export function masterOf(bytes: Uint8Array): SrtpMaster {
  return { key: bytes.slice(0, KEY_BYTES), salt: bytes.slice(KEY_BYTES, SRTP_MASTER_BYTES) };
}

/** `inline:…` as SDP carries it. */
export function formatKeyParameter(bytes: Uint8Array): string {
  return `inline:${Buffer.from(bytes).toString("base64")}`;
}

/**
 * The master key of `inline:KEY` or `inline:KEY|LIFETIME`; undefined for a key of another length, and where a master key
 * identifier would lengthen each packet.
 */
export function parseKeyParameter(text: string): SrtpMaster | undefined {
  const [, key, parameters = ""] = /^inline:([A-Za-z0-9+/]{40})={0,2}((?:\|[^|]*)*)$/.exec(text) ?? [];
  if (key === undefined || parameters.includes(":")) return undefined;
  return masterOf(Uint8Array.from(Buffer.from(key, "base64")));
}

/** Encrypts and decrypts alike. */
interface Keystream {
  /** In place; `index` is the packet's, up to 48 bits. */
  apply(bytes: Uint8Array, ssrc: number, index: number): void;
}

/** What the master key becomes, for RTP and for RTCP. */
export interface SessionKeys {
  rtp: { keystream: Keystream; authentication: Uint8Array };
  rtcp: { keystream: Keystream; authentication: Uint8Array };
}

/** Once a call: the derivation rate of SDES is 0. */
export function deriveKeys(master: SrtpMaster): SessionKeys {
  return {
    rtp: { keystream: createKeystream(derive(master, 0, KEY_BYTES), derive(master, 2, SALT_BYTES)), authentication: derive(master, 1, 20) },
    rtcp: {
      keystream: createKeystream(derive(master, 3, KEY_BYTES), derive(master, 5, SALT_BYTES)),
      authentication: derive(master, 4, 20),
    },
  };
}

/** §4.3.1 with a key derivation rate of 0: the label goes into the salt's eighth byte. */
export function derive({ key, salt }: SrtpMaster, label: number, bytes: number): Uint8Array {
  const counter = new Uint8Array(BLOCK);
  counter.set(salt);
  counter[7] = (counter[7] ?? 0) ^ label;
  return Uint8Array.from(createCipheriv("aes-128-ctr", key, counter).update(new Uint8Array(bytes)));
}

/** One cipher for the whole call: single blocks are independent in ECB, so counters go in and keystream comes out. */
export function createKeystream(key: Uint8Array, salt: Uint8Array): Keystream {
  const cipher = createCipheriv("aes-128-ecb", key, null).setAutoPadding(false);
  let counters = new Uint8Array(BLOCK * 11);
  return {
    apply(bytes, ssrc, index) {
      const blocks = Math.ceil(bytes.length / BLOCK);
      if (blocks === 0) return;
      if (counters.length < blocks * BLOCK) counters = new Uint8Array(blocks * BLOCK);
      for (let block = 0; block < blocks; block += 1) writeCounter(counters, block, salt, ssrc, index);
      const stream = cipher.update(counters.subarray(0, blocks * BLOCK));
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = (bytes[at] ?? 0) ^ (stream[at] ?? 0);
    },
  };
}

/** IV = salt·2^16 XOR ssrc·2^64 XOR index·2^16, plus the block's number. */
function writeCounter(counters: Uint8Array, block: number, salt: Uint8Array, ssrc: number, index: number): void {
  const at = block * BLOCK;
  writeUint32(counters, at, 0);
  writeUint32(counters, at + 4, ssrc);
  writeUint16(counters, at + 8, Math.floor(index / 0x1_0000_0000));
  writeUint32(counters, at + 10, index >>> 0);
  for (let place = 0; place < SALT_BYTES; place += 1) counters[at + place] = (counters[at + place] ?? 0) ^ (salt[place] ?? 0);
  writeUint16(counters, at + 14, block);
}
