// G.711: linear samples to one byte and back, by table. PCMU is the μ-law of North America and Japan, PCMA the A-law of the rest.

/** The codecs a call may speak, by their names in SDP. */
export type Codec = "PCMU" | "PCMA";

/** One codec's tables, and the byte that stands for silence. */
export interface G711 {
  silence: number;
  /** Writes `samples.length` bytes into `bytes`, from `at` on. */
  encode(samples: Int16Array, bytes: Uint8Array, at: number): void;
  /** Writes a sample for each byte from `start` to before `end`; `samples` must have room for them. */
  decode(bytes: Uint8Array, start: number, end: number, samples: Int16Array): void;
}

/** ITU-T G.191's reference: the magnitude in 14 bits, plus 33, has its segment in its highest bit. */
function encodeUlaw(sample: number): number {
  const magnitude = Math.min(((sample < 0 ? ~sample : sample) >> 2) + 33, 0x1fff);
  const segment = 27 - Math.clz32(magnitude);
  const code = ((8 - segment) << 4) | (0x0f - ((magnitude >> segment) & 0x0f));
  return sample >= 0 ? code | 0x80 : code;
}

function decodeUlaw(code: number): number {
  const segment = (~code >> 4) & 7;
  const step = 8 << segment;
  const magnitude = (0x80 << segment) + step * (~code & 0x0f) + step / 2 - 4 * 33;
  return code >= 0x80 ? magnitude : -magnitude;
}

function encodeAlaw(sample: number): number {
  const magnitude = (sample < 0 ? ~sample : sample) >> 4;
  const segment = Math.max(0, 28 - Math.clz32(magnitude));
  const mantissa = segment < 2 ? magnitude & 0x0f : (magnitude >> (segment - 1)) & 0x0f;
  return ((segment << 4) | mantissa | (sample >= 0 ? 0x80 : 0)) ^ 0x55;
}

function decodeAlaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const mantissa = ((bits & 0x0f) << 4) + (segment > 0 ? 0x108 : 8);
  const magnitude = segment > 1 ? mantissa << (segment - 1) : mantissa;
  return bits >= 0x80 ? magnitude : -magnitude;
}

function createCodec(silence: number, encodeOne: (sample: number) => number, decodeOne: (code: number) => number): G711 {
  const codes = Uint8Array.from({ length: 65_536 }, (_, index) => encodeOne((index << 16) >> 16));
  const levels = Int16Array.from({ length: 256 }, (_, code) => decodeOne(code));
  return {
    silence,
    encode(samples, bytes, at) {
      for (let index = 0; index < samples.length; index += 1) bytes[at + index] = codes[(samples[index] ?? 0) & 0xffff] ?? silence;
    },
    decode(bytes, start, end, samples) {
      for (let index = start; index < end; index += 1) samples[index - start] = levels[bytes[index] ?? silence] ?? 0;
    },
  };
}

/** Both, as ITU-T G.711 has them for each of the 65,536 samples and 256 codes. */
export const g711: Readonly<Record<Codec, G711>> = {
  PCMU: createCodec(0xff, encodeUlaw, decodeUlaw),
  PCMA: createCodec(0xd5, encodeAlaw, decodeAlaw),
};
