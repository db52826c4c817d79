// Packets of one turn leave together, in order, whatever the system says to one of them.

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createOutbox, MOST_WAITING, type PacketSocket } from "../../../src/sip/transport/outbox.ts";

const to = { protocol: "udp" as const, address: "192.0.2.1", port: 5_060, name: "192.0.2.1" };
const packet = (number: number) => new Uint8Array(new Uint16Array([number]).buffer);
const numberOf = (bytes: unknown) => new Uint16Array((bytes as Uint8Array).slice().buffer)[0] ?? -1;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** What the system says when it is asked next: `full`, no more for now; `refused`, the error of an earlier packet. */
type Answer = "sent" | "full" | "refused";

/** Answers as it is told and takes everything afterwards; `oversized` packets fail each time. */
function scripted(answers: Answer[], oversized: readonly number[] = []) {
  const left: number[] = [];
  const take = (bytes: unknown): boolean => {
    const answer = answers.shift() ?? "sent";
    if (answer === "full") return false;
    if (answer === "refused" || oversized.includes(numberOf(bytes))) throw new Error("it cannot leave");
    left.push(numberOf(bytes));
    return true;
  };
  const socket = {
    left,
    calls: 0,
    send: (bytes: Uint8Array) => take(bytes),
    /** Says only how many went before one that did not. */
    sendMany(packets: unknown[]) {
      socket.calls += 1;
      for (let index = 0; index < packets.length; index += 3) {
        if ((answers[0] ?? "sent") !== "sent" || oversized.includes(numberOf(packets[index]))) return index / 3;
        take(packets[index]);
      }
      return packets.length / 3;
    },
  };
  return socket satisfies PacketSocket;
}

describe("the packets of a turn", () => {
  test("leave in one call", async () => {
    const socket = scripted([]);
    const outbox = createOutbox(socket);
    for (const number of [1, 2, 3]) expect(outbox.send(packet(number), to)).toBe(true);
    expect(socket.left).toEqual([]);
    await turn();
    expect([socket.left, socket.calls]).toEqual([[1, 2, 3], 1]);
  });

  test("that follows another leaves with its own", async () => {
    const socket = scripted([]);
    const outbox = createOutbox(socket);
    outbox.send(packet(1), to);
    await turn();
    outbox.send(packet(2), to);
    await turn();
    expect([socket.left, socket.calls]).toEqual([[1, 2], 2]);
  });

  test("are not lost for an earlier packet's refusal", async () => {
    const socket = scripted(["sent", "refused"]);
    const outbox = createOutbox(socket);
    for (const number of [1, 2, 3, 4]) outbox.send(packet(number), to);
    await turn();
    expect(socket.left).toEqual([1, 2, 3, 4]);
  });

  test("wait for a full system, in order", async () => {
    const socket = scripted(["sent", "full"]);
    const outbox = createOutbox(socket);
    for (const number of [1, 2, 3, 4]) outbox.send(packet(number), to);
    await turn();
    expect(socket.left).toEqual([1]);
    outbox.flush();
    expect(socket.left).toEqual([1, 2, 3, 4]);
  });

  test("that the system never takes are bounded", async () => {
    const socket = scripted(Array.from({ length: 10 }, () => "full" as const));
    const outbox = createOutbox(socket);
    for (let number = 0; number < MOST_WAITING; number += 1) expect(outbox.send(packet(number), to)).toBe(true);
    expect(outbox.send(packet(0), to)).toBe(false);
    await turn();
    expect(outbox.send(packet(0), to)).toBe(false);
  });

  test("leave once each and in order, but for those that cannot", () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("sent", "sent", "full", "refusal"), { maxLength: 60 }),
        fc.uniqueArray(fc.nat(30)),
        fc.nat(30),
        (script, oversized, count) => {
          // The system reports an error once, and then takes the packet.
          const answers = script.flatMap((answer): Answer[] => (answer === "refusal" ? ["refused", "sent"] : [answer as Answer]));
          const socket = scripted([...answers], oversized);
          const outbox = createOutbox(socket);
          const numbers = Array.from({ length: count }, (_, number) => number);
          for (const number of numbers) outbox.send(packet(number), to);
          for (let times = 0; times <= answers.length; times += 1) outbox.flush();
          expect(socket.left).toEqual(numbers.filter((number) => !oversized.includes(number)));
        },
      ),
    ));
});
