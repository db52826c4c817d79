import { describe, expect, test } from "bun:test";
import { hashKey, hintOf, isMistyped, newKey } from "../../src/keys/key.ts";
import { seededRandom } from "../../src/runtime/random.ts";

const random = seededRandom(7);
const key = newKey((count) => random.bytes(count));

describe("a key", () => {
  test("is odk_, 32 characters and a checksum of 6, all of base 62", () => expect(key).toMatch(/^odk_[0-9A-Za-z]{38}$/));
  test("is another one each time", () => expect(newKey((count) => random.bytes(count))).not.toBe(key));
  test("draws again the bytes that would make some characters likelier", () => {
    const bytes = [new Uint8Array(32).fill(255), new Uint8Array(32).fill(61)];
    expect(newKey(() => bytes.shift() ?? new Uint8Array())).toStartWith(`odk_${"z".repeat(32)}`);
  });
  test("is stored as its SHA-256 and recognised by its first 8 characters", () => {
    expect(hashKey("odk_abc")).toBe(new Bun.CryptoHasher("sha256").update("odk_abc").digest("hex"));
    expect(hashKey(key)).toMatch(/^[0-9a-f]{64}$/);
    expect(hintOf(key)).toBe(key.slice(0, 8));
  });
});

describe("a mistyped key", () => {
  test("is one whose checksum is not that of its characters, at whichever place the typo is", () => {
    expect(isMistyped(key)).toBe(false);
    for (let place = 4; place < key.length; place += 1) {
      const typo = key.slice(0, place) + (key[place] === "x" ? "y" : "x") + key.slice(place + 1);
      expect(isMistyped(typo)).toBe(true);
    }
  });
  test("is not one that the operator made up", () => {
    for (const own of ["a-secret-of-20-chars!", "odk_mine", `${key}0`]) expect(isMistyped(own)).toBe(false);
  });
});
