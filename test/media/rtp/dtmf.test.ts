import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  createDtmfReceiver,
  createDtmfSender,
  DTMF_DIGITS,
  type DtmfStep,
  dtmfFrequencies,
  parseTelephoneEvent,
  writeTelephoneEvent,
} from "../../../src/media/rtp/dtmf.ts";

/** Every step until nothing is left, a frame of 160 samples each. */
function stepsFor(digits: string): DtmfStep[] {
  const sender = createDtmfSender();
  sender.send(digits);
  const steps: DtmfStep[] = [];
  for (let timestamp = 1_000; ; timestamp += 160) {
    const step = sender.next(timestamp);
    if (step === undefined) return steps;
    steps.push(step);
  }
}

const payloadOf = (step: DtmfStep & { kind: "event" }) => {
  const bytes = new Uint8Array(4);
  writeTelephoneEvent(bytes, 0, step.event);
  return bytes;
};

const isEvent = (step: DtmfStep): step is DtmfStep & { kind: "event" } => step.kind === "event";

describe("a key that is sent", () => {
  const events = stepsFor("5").filter(isEvent);

  test("keeps its timestamp while its duration grows, and says once that it is the first", () => {
    expect(new Set(events.map((step) => step.timestamp))).toEqual(new Set([1_000]));
    expect(events.slice(0, 8).map((step) => step.event.duration)).toEqual([160, 320, 480, 640, 800, 960, 1_120, 1_280]);
    expect(events.map((step) => step.first).indexOf(true, 1)).toBe(-1);
  });

  test("ends three times with the same duration", () => {
    expect(events.filter((step) => step.event.end).map((step) => step.event.duration)).toEqual([1_280, 1_280, 1_280]);
  });

  test("is followed by a pause before the next", () => {
    const kinds = stepsFor("55")
      .map((step) => step.kind[0])
      .join("");
    expect(kinds).toBe("e".repeat(11) + "pppp" + "e".repeat(11) + "pppp");
  });

  test("is left out when it is no key, and after 64 that wait", () => {
    expect(stepsFor("1x-2").filter((step) => isEvent(step) && step.first)).toHaveLength(2);
    expect(stepsFor("1".repeat(500)).filter((step) => isEvent(step) && step.first)).toHaveLength(64);
  });
});

describe("keys that are received", () => {
  test("are told once each, whatever is lost, doubled or late within an event", () => {
    const digit = fc.constantFrom(...DTMF_DIGITS);
    fc.assert(
      fc.property(fc.array(digit, { maxLength: 6 }), fc.infiniteStream(fc.nat(3)), (digits, fates) => {
        const receiver = createDtmfReceiver();
        const heard: string[] = [];
        const timestamps = new Set<number>();
        for (const step of stepsFor(digits.join("")).filter(isEvent)) {
          // 0: lost, unless it is an event's last packet; 2: doubled.
          const fate = step.event.end ? 1 : fates.next().value;
          timestamps.add(step.timestamp);
          for (let copy = 0; copy < Math.min(fate, 2); copy += 1) {
            const key = receiver.accept(payloadOf(step), step.timestamp);
            if (key !== undefined) heard.push(key);
          }
        }
        expect(heard).toEqual(digits);
      }),
    );
  });

  test("are told once each by a gateway whose timestamp walks on with each packet", () => {
    const receiver = createDtmfReceiver();
    const press = (digit: number, from: number) =>
      Array.from({ length: 8 }, (_, packet) =>
        receiver.accept(
          payloadOf({
            kind: "event",
            event: { event: digit, end: packet > 4, volume: 10, duration: Math.min(packet + 1, 6) * 160 },
            timestamp: 0,
            first: false,
          }),
          from + packet * 160,
        ),
      );
    expect([...press(6, 1_000), ...press(6, 1_000 + 12 * 160), ...press(7, 1_000 + 20 * 160)].filter((key) => key !== undefined)).toEqual([
      "6",
      "6",
      "7",
    ]);
  });

  test("survive timestamps that wrap", () => {
    const receiver = createDtmfReceiver();
    const payload = Uint8Array.from([1, 10, 0, 160]);
    expect([0xffff_ff00, 0xffff_ff00, 0x100, 0xffff_ff00, 0x100].map((timestamp) => receiver.accept(payload, timestamp))).toEqual([
      "1",
      undefined,
      "1",
      undefined,
      undefined,
    ]);
  });

  test("are none for other events and for short payloads", () => {
    expect(createDtmfReceiver().accept(Uint8Array.from([16, 10, 0, 160]), 1)).toBeUndefined();
    expect(parseTelephoneEvent(Uint8Array.from([1, 10, 0]))).toBeUndefined();
  });
});

test("the frequencies of keys are those of the keypad", () => {
  expect([..."15#D0"].map((digit) => dtmfFrequencies(DTMF_DIGITS.indexOf(digit)))).toEqual([
    [697, 1_209],
    [770, 1_336],
    [941, 1_477],
    [941, 1_633],
    [941, 1_336],
  ]);
});
