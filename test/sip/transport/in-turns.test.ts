import { describe, expect, test } from "bun:test";
import { nextTurn } from "../../../src/runtime/turn.ts";
import type { Destination } from "../../../src/sip/call/call-trace.ts";
import { inTurns, MOST_A_TURN, MOST_WAITING } from "../../../src/sip/transport/in-turns.ts";

const from: Destination = { protocol: "udp", address: "192.0.2.1", port: 5_060, name: "192.0.2.1" };

function createFlood() {
  const seen: number[] = [];
  const take = inTurns((bytes) => void seen.push((bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)));
  return {
    seen,
    send: (first: number, count: number) =>
      Array.from({ length: count }, (_, index) => take(Uint8Array.of((first + index) >> 8, (first + index) & 0xff), from)),
  };
}

describe("packets of a busy socket", () => {
  test("a few are handled at once", () => {
    const { seen, send } = createFlood();
    send(0, 3);
    expect(seen).toEqual([0, 1, 2]);
  });

  test("of many, each turn of the event loop handles its share, in order", async () => {
    const { seen, send } = createFlood();
    send(0, 3 * MOST_A_TURN);
    expect(seen).toHaveLength(MOST_A_TURN);
    await nextTurn();
    expect(seen).toHaveLength(2 * MOST_A_TURN);
    await nextTurn();
    expect(seen).toEqual(Array.from({ length: 3 * MOST_A_TURN }, (_, index) => index));
  });

  test("what comes while others wait is handled after them", async () => {
    const { seen, send } = createFlood();
    send(0, MOST_A_TURN + 1);
    await nextTurn();
    send(MOST_A_TURN + 1, 1);
    await nextTurn();
    expect(seen).toEqual(Array.from({ length: MOST_A_TURN + 2 }, (_, index) => index));
  });

  test("the next turn has its whole share again", async () => {
    const { seen, send } = createFlood();
    send(0, MOST_A_TURN);
    await nextTurn();
    send(MOST_A_TURN, MOST_A_TURN);
    expect(seen).toHaveLength(2 * MOST_A_TURN);
  });

  test("no more than a receive buffer's worth waits", async () => {
    const { seen, send } = createFlood();
    send(0, MOST_A_TURN + MOST_WAITING + 10);
    for (let turn = 0; turn < MOST_WAITING / MOST_A_TURN + 5; turn += 1) await nextTurn();
    expect(seen).toHaveLength(MOST_A_TURN + MOST_WAITING);
  });
});
