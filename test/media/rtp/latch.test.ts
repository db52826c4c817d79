import { describe, expect, test } from "bun:test";
import { canonicalAddress, createLatch, type Latch, LATCH_PACKETS, LATCH_WINDOW_MS, type Source } from "../../../src/media/rtp/latch.ts";

const signalled: Source = { address: "10.0.0.1", port: 4_000 };
const nat: Source = { address: "203.0.113.7", port: 50_000 };
const stranger: Source = { address: "198.51.100.9", port: 6_000 };

const openLatch = () => createLatch(signalled, true, 0);

/** Sends packets in sequence from a source and gives the judgements. */
function run(latch: Latch, { address, port }: Source, count: number, { ssrc = 1, from = 0, atMs = 100 } = {}): string[] {
  return Array.from({ length: count }, (_, index) => latch.judge(address, port, ssrc, (from + index) & 0xffff, atMs));
}

describe("a latch that is not open", () => {
  test("believes the signalled address alone", () => {
    const latch = createLatch(signalled, false, 0);
    expect(run(latch, nat, 20)).toEqual(Array(20).fill("refused"));
    expect(run(latch, signalled, 2)).toEqual(["accepted", "accepted"]);
    expect(latch.target()).toEqual(signalled);
  });
});

describe("a latch of a far end that has moved", () => {
  const old: Source = { address: "203.0.113.7", port: 40_000 };
  const moved = () => createLatch(signalled, true, 0, old);

  test("is not held by what still comes from the old address, which is heard until the new one speaks", () => {
    const latch = moved();
    expect(run(latch, old, 20)).toEqual(Array(20).fill("accepted"));
    expect(run(latch, signalled, 2)).toEqual(["locked", "accepted"]);
    expect(run(latch, old, 5)).toEqual(Array(5).fill("refused"));
  });

  test("stays with the old address when nothing comes from another in time: there the signalled one was never the true one", () => {
    const latch = moved();
    run(latch, old, 20);
    expect(run(latch, old, 2, { from: 20, atMs: LATCH_WINDOW_MS + 1 })).toEqual(["locked", "accepted"]);
    expect(latch.target()).toEqual(old);
  });
});

describe("an open latch", () => {
  test("locks onto four packets in a row from one address, also across the wrap, and then sends there", () => {
    const latch = openLatch();
    expect(run(latch, nat, LATCH_PACKETS + 1, { from: 0xfffe })).toEqual(["refused", "refused", "refused", "locked", "accepted"]);
    expect(latch.target()).toEqual(nat);
    expect([nat, signalled, { ...nat, port: 1 }].map(({ address, port }) => latch.isLockedTo(address, port))).toEqual([true, false, false]);
  });

  test("is locked to nobody, also not to where it sends", () => {
    expect(openLatch().isLockedTo(signalled.address, signalled.port)).toBe(false);
  });

  test("is not opened again by anybody once it is locked", () => {
    const latch = openLatch();
    run(latch, nat, LATCH_PACKETS);
    latch.extend(200);
    expect(run(latch, stranger, 50, { atMs: 300 })).toEqual(Array(50).fill("refused"));
    expect(run(latch, signalled, 50, { atMs: 300 })).toEqual(Array(50).fill("refused"));
    expect(latch.target()).toEqual(nat);
  });

  test("locks onto the signalled address at its first good packet", () => {
    const latch = openLatch();
    run(latch, stranger, LATCH_PACKETS - 1);
    expect(run(latch, signalled, 1)).toEqual(["locked"]);
    expect(run(latch, stranger, 20, { from: LATCH_PACKETS - 1 })).toEqual(Array(20).fill("refused"));
  });

  test("is not moved by packets out of sequence, of changing SSRCs, or from changing ports", () => {
    const latch = openLatch();
    for (let index = 0; index < 40; index += 1) {
      expect(latch.judge(stranger.address, stranger.port, 1, index * 2, 100)).toBe("refused");
      expect(latch.judge(stranger.address, 7_000, index, index, 100)).toBe("refused");
      expect(latch.judge(stranger.address, 8_000 + index, 1, index, 100)).toBe("refused");
    }
    expect(latch.isLocked()).toBe(false);
  });

  test("closes on the signalled address when its time is over", () => {
    const latch = openLatch();
    expect(run(latch, nat, 20, { atMs: LATCH_WINDOW_MS + 1 })).toEqual(Array(20).fill("refused"));
    expect(run(latch, signalled, 1, { atMs: LATCH_WINDOW_MS + 20 })).toEqual(["accepted"]);
  });

  test("has its time again when the call is answered", () => {
    const latch = openLatch();
    latch.extend(30_000);
    expect(run(latch, nat, LATCH_PACKETS, { atMs: 30_500 }).at(-1)).toBe("locked");
  });
});

test.each([
  ["203.0.113.7", "203.0.113.7"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
  ["::FFFF:203.0.113.7", "203.0.113.7"],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
  ["not:an:address", "not:an:address"],
])("the address %s is spelt %s", (written, spelt) => {
  expect(canonicalAddress(written)).toBe(spelt);
});
