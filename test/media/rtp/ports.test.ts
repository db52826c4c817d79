import { describe, expect, test } from "bun:test";
import { createPortStock, portRangeFor, rtpPortsIn, shuffled } from "../../../src/media/rtp/ports.ts";
import { seededRandom } from "../../../src/runtime/random.ts";

describe("the port range", () => {
  test.each([
    [20_000, 45, 20_000, 20_203],
    [20_001, 45, 20_002, 20_205],
    [20_000, 1_000, 20_000, 24_499],
    [65_000, 1_000, 65_000, 65_535],
  ])("from %i for %i calls is %i to %i", (from, calls, first, last) => {
    expect(portRangeFor(from, calls)).toEqual({ from: first, to: last });
  });

  test("has two pairs for each call, and some to spare", () => {
    expect(rtpPortsIn(portRangeFor(20_000, 45)).length).toBe(102);
  });

  test("gives even ports whose odd neighbours are in it", () => {
    expect(rtpPortsIn({ from: 101, to: 107 })).toEqual([102, 104, 106]);
    expect(rtpPortsIn({ from: 100, to: 100 })).toEqual([]);
  });

  test("is used in an order that cannot be guessed", () => {
    const { fraction } = seededRandom(1);
    const ports = rtpPortsIn({ from: 20_000, to: 20_099 });
    expect(shuffled(ports, fraction)).not.toEqual(ports);
    expect(shuffled(ports, fraction).sort()).toEqual(ports);
  });
});

describe("the stock of ports", () => {
  const stock = () => createPortStock({ from: 100, to: 105 }, () => 0);

  test("lends what is bound, the longest rested first, and no more", () => {
    const ports = stock();
    expect(ports.take()).toBeUndefined();
    ports.fill([100, 104]);
    const first = ports.take();
    expect([first?.port, ports.take()?.port, ports.take()]).toEqual([100, 104, undefined]);
    first?.giveBack();
    first?.giveBack();
    expect([ports.free(), ports.take()?.port, ports.take()]).toEqual([1, 100, undefined]);
  });

  test("takes nothing back that was lent before the sockets were lost", () => {
    const ports = stock();
    ports.fill([100]);
    const lease = ports.take();
    ports.empty();
    ports.fill([100]);
    expect(ports.take()?.port).toBe(100);
    lease?.giveBack();
    expect(ports.take()).toBeUndefined();
  });
});
