import { describe, expect, test } from "bun:test";
import { type Codec, g711 } from "../../../src/media/sound/g711.ts";

const everySample = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);
const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);

function decodeAll(codec: Codec): Int16Array {
  const levels = new Int16Array(256);
  g711[codec].decode(everyCode, 0, 256, levels);
  return levels;
}

function encodeAll(codec: Codec): Uint8Array {
  const codes = new Uint8Array(65_536);
  g711[codec].encode(everySample, codes, 0);
  return codes;
}

/** Decision values x0, x1, … of tables 2a and 1a of the recommendation, as 16-bit samples: steps that double from segment to segment. */
function decisions(codec: Codec): number[] {
  const steps = codec === "PCMU" ? [8, 16, 32, 64, 128, 256, 512, 1_024] : [16, 16, 32, 64, 128, 256, 512, 1_024];
  // μ-law's first interval is half as wide as its neighbours.
  const values = codec === "PCMU" ? [0, 4] : [0];
  for (const [segment, step] of steps.entries()) while (values.length <= (segment + 1) * 16) values.push((values.at(-1) ?? 0) + step);
  return values;
}

/** Output values: 0 for the first interval of μ-law, else the middle of its interval. */
function ladder(codec: Codec): number[] {
  const values = decisions(codec);
  return Array.from({ length: 128 }, (_, rank) =>
    codec === "PCMU" && rank === 0 ? 0 : ((values[rank] ?? 0) + (values[rank + 1] ?? Number.NaN)) / 2,
  );
}

describe.each(["PCMU", "PCMA"] as const)("%s", (codec) => {
  const levels = decodeAll(codec);
  const codes = encodeAll(codec);

  test("decodes all 256 codes to the recommendation's levels", () => {
    const expected = ladder(codec);
    const levelOf = (code: number) => {
      const positive = (code & 0x80) !== 0;
      const rank = codec === "PCMU" ? ~code & 0x7f : (code ^ 0x55) & 0x7f;
      return positive ? expected[rank] : -(expected[rank] ?? Number.NaN);
    };
    for (const code of everyCode) expect({ code, level: levels[code] ?? 0 }).toEqual({ code, level: (levelOf(code) ?? Number.NaN) + 0 });
  });

  test("encodes all 65,536 samples by the recommendation's decision values", () => {
    // As in ITU-T G.191: a negative sample is the one's complement of a positive one, so that -1 and 0 are both the smallest.
    const values = decisions(codec).slice(1, 128);
    everySample.forEach((sample, index) => {
      const magnitude = sample < 0 ? ~sample : sample;
      const rank = values.filter((value) => value <= magnitude).length;
      const code = codec === "PCMU" ? 0x7f - rank : rank ^ 0x55;
      const wanted = sample >= 0 ? code | 0x80 : code & 0x7f;
      if (codes[index] !== wanted) throw new Error(`${sample} became ${codes[index]}, not ${wanted}`);
    });
  });

  test("gives every level back as it was", () => {
    const again = new Uint8Array(256);
    g711[codec].encode(levels, again, 0);
    // μ-law has two zeros; the negative one becomes the positive.
    expect([...again]).toEqual([...everyCode].map((code) => (codec === "PCMU" && code === 0x7f ? 0xff : code)));
  });

  test("has a code for silence that is as quiet as it can be", () => {
    expect(Math.abs(levels[g711[codec].silence] ?? Number.NaN)).toBe(Math.min(...[...levels].map(Math.abs)));
  });
});
