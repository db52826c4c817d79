// Who may be handed over where: asked over the API and by bots, through the same list, the same trunk, the same channels.

import { beforeEach, describe, expect, test } from "bun:test";
import { createTestMachine, type TestMachine } from "../support/machine.ts";

const PERSON = "+14155550101";
const DESK = "+14155550199";

let world: TestMachine;
let asked: string[];
let callId: string;
/** Of the dialer, to the next transfer. */
let answer: string | undefined;

/** A person who talks, through a trunk with these columns. */
async function talking(
  trunk: { maxConcurrent?: number; callsPerSecond?: number } = {},
  driver: "simulator" | "sip" = "sip",
  prefixes: readonly string[] = ["+1415"],
): Promise<void> {
  world = createTestMachine();
  asked = [];
  answer = undefined;
  world.dialer.onTransfer = (to) => {
    asked.push(to);
    return answer;
  };
  const wish = world.wish(PERSON, { trunk });
  world.db.sqlite.query("UPDATE trunks SET driver = ?1, allowed_prefixes = ?2").run(driver, JSON.stringify(prefixes));
  const placing = world.machine.singles.place(wish);
  world.settle();
  const placed = await placing;
  callId = placed.kind === "placed" ? placed.callId : `not placed: ${JSON.stringify(placed)}`;
  world.dialer.answer(PERSON);
  world.settle();
}

const transferredTo = () =>
  world.db.sqlite.query<{ to: string | null }, [string]>('SELECT transferred_to AS "to" FROM calls WHERE id = ?1').get(callId)?.to;
const transfer = (to: string) => world.machine.attempts.transfer(callId, to);

beforeEach(() => talking());

describe("asked for over the API", () => {
  test.each([DESK, "sip:desk@10.0.5.9;transport=tcp"])("%s is called, and stands in the call while it rings and after", (to) => {
    expect(transfer(to)).toBe("asked");
    world.settle();
    expect([asked, transferredTo()]).toEqual([[to], to]);
    world.dialer.end(PERSON);
    world.settle();
    expect(transferredTo()).toBe(to);
  });

  test("one that comes to nothing stands there no more, and may be followed by another", () => {
    transfer(DESK);
    world.settle();
    world.dialer.tell(PERSON, { type: "transfer_failed", to: DESK, reason: "busy" });
    world.settle();
    expect(transferredTo()).toBeNull();
    expect(transfer("+14155550198")).toBe("asked");
  });

  test("nobody on the do-not-call list is called", () => {
    world.addDnc(DESK);
    expect(transfer(DESK)).toEqual({ refusal: "dnc" });
    expect(asked).toEqual([]);
  });

  test("nor a number that the trunk may not call, costly ranges by name alone", () => {
    expect(transfer("+442071838750")).toMatchObject({ refusal: "prefix_not_allowed", because: expect.stringContaining("it allows +1415") });
    world.db.sqlite.query("UPDATE trunks SET allowed_prefixes = ?1").run(JSON.stringify(["+1"]));
    expect(transfer("+19005550100")).toMatchObject({ refusal: "prefix_not_allowed", because: expect.stringContaining("premium rate") });
    expect(asked).toEqual([]);
  });

  test.each(["tel:+14155550199", "14155550199", "+0415555", "", "sip:desk@10.0.5.9 x", "javascript:alert(1)"])("%j is no target", (to) => {
    expect(transfer(to)).toMatchObject({ problem: expect.stringContaining("neither a number in E.164 form") });
    expect(asked).toEqual([]);
  });

  test("what the dialer cannot try now is passed on in its words, and is not noted", () => {
    answer = "no port for the audio of another line is free";
    expect(transfer(DESK)).toEqual({ problem: answer });
    world.settle();
    expect(transferredTo()).toBeNull();
  });
});

describe("the trunk's channels", () => {
  test("a second line takes one: a full trunk hands nobody over", async () => {
    await talking({ maxConcurrent: 1 });
    expect(transfer(DESK)).toEqual({ refusal: "trunk_cap" });
    expect(transfer("sip:desk@10.0.5.9")).toBe("asked");
  });

  test("are not taken twice by two who are handed over at the same moment", async () => {
    await talking({ maxConcurrent: 3 });
    const placing = world.machine.singles.place(world.wish("+14155550102", { trunk: { maxConcurrent: 3 } }));
    world.settle();
    const placed = await placing;
    world.dialer.answer("+14155550102");
    world.settle();
    const other = placed.kind === "placed" ? placed.callId : "";
    expect([transfer(DESK), world.machine.attempts.transfer(other, "+14155550198")]).toEqual(["asked", { refusal: "trunk_cap" }]);
    world.dialer.tell(PERSON, { type: "transfer_failed", to: DESK, reason: "busy" });
    expect(world.machine.attempts.transfer(other, "+14155550198")).toBe("asked");
  });

  test("and a person who is being handed over leaves one call less to others", async () => {
    await talking({ maxConcurrent: 2 });
    expect(transfer(DESK)).toBe("asked");
    world.settle();
    const placing = world.machine.singles.place(world.wish("+14155550102", { trunk: { maxConcurrent: 2 } }));
    world.settle();
    expect(await placing).toMatchObject({ kind: "refused", refusal: "trunk_cap" });
    world.dialer.tell(PERSON, { type: "transfer_failed", to: DESK, reason: "busy" });
    world.settle();
    const again = world.machine.singles.place(world.wish("+14155550102", { trunk: { maxConcurrent: 2 } }));
    world.settle();
    expect(await again).toMatchObject({ kind: "placed" });
  });
});

describe("the trunk's rate", () => {
  test("makes a second line wait for its turn, and other calls for theirs after it", async () => {
    await talking({ callsPerSecond: 1 });
    expect(transfer(DESK)).toBe("asked");
    expect(transfer("+14155550198")).toEqual({ problem: "the person is being handed over, or was before" });
    world.settle();
    // The person's own call has the second's only start.
    expect([asked, transferredTo()]).toEqual([[], DESK]);
    world.clock.advance(999);
    expect(asked).toEqual([]);
    world.clock.advance(1);
    expect(asked).toEqual([DESK]);
    const placing = world.machine.singles.place(world.wish("+14155550102", { trunk: { callsPerSecond: 1 } }));
    world.settle();
    expect(await placing).toMatchObject({ kind: "refused", refusal: "trunk_rate" });
  });

  test("a person who is gone by then is handed over to nobody", async () => {
    await talking({ callsPerSecond: 1 });
    transfer(DESK);
    world.dialer.end(PERSON);
    world.clock.advance(2_000);
    world.settle();
    expect(asked).toEqual([]);
  });

  test("what cannot be tried when its turn comes is noted, and the bot hears it", async () => {
    await talking({ callsPerSecond: 1 });
    transfer(DESK);
    answer = "no port for the audio of another line is free";
    world.clock.advance(1_000);
    world.settle();
    expect([transferredTo(), world.dialer.refusedTransfers]).toEqual([null, [answer]]);
    answer = undefined;
    expect(transfer(DESK)).toBe("asked");
  });
});

describe("asked for by the bot", () => {
  test("where it may be: called and noted", () => {
    world.dialer.tell(PERSON, { type: "transfer", to: DESK });
    world.settle();
    expect([asked, transferredTo(), world.dialer.refusedTransfers]).toEqual([[DESK], DESK, []]);
  });

  test.each([
    ["+442071838750", "prefix_not_allowed"],
    ["+14155550111", "dnc"],
    ["the desk", "'the desk' is neither a number in E.164 form, such as +14155550100, nor a SIP address"],
  ])("%s may not be: nobody is called, and the bot hears why", (to, reason) => {
    world.addDnc("+14155550111");
    world.dialer.tell(PERSON, { type: "transfer", to });
    world.settle();
    expect([asked, transferredTo(), world.dialer.refusedTransfers]).toEqual([[], null, [reason]]);
  });
});
