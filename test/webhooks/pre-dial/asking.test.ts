import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { systemClock } from "../../../src/runtime/clock.ts";
import { createIds } from "../../../src/runtime/ids.ts";
import { createLog } from "../../../src/runtime/log.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { createPreDial, type HookedCampaign, type PreDial, type UpcomingLead } from "../../../src/webhooks/pre-dial/asking.ts";
import { createSender } from "../../../src/webhooks/sender.ts";
import { createTargetGuard } from "../../../src/webhooks/target-guard.ts";
import { createFakeClock, type FakeClock } from "../../support/fake-clock.ts";
import { type Answer, type Receiver, startReceiver } from "../../support/receiver.ts";
import { until } from "../../support/until.ts";

const SECOND = 1_000;
const SECRET = `whsec_${Buffer.from("thirty-two bytes of a secret ....").toString("base64")}`;
const YES: Answer = { status: 200, body: '{"eligible":true}' };
const NO: Answer = { status: 200, body: '{"eligible":false,"reason":"has paid"}' };

let receiver: Receiver;
let clock: FakeClock;
/** What the test's own instance told; a former test's may still be answered. */
let told: { answers: number; logged: { event: string; level: string }[] };
let preDial: PreDial;
let campaign: HookedCampaign;
beforeEach(() => {
  receiver = startReceiver();
  clock = createFakeClock(systemClock.now());
  told = { answers: 0, logged: [] };
  preDial = create();
  campaign = { id: "cmp_1", name: "Spring", hook: { url: receiver.url, timeoutSeconds: 5 } };
});
afterEach(() => receiver.stop());

function create(more: { maxInFlight?: number; maxPerHost?: number; secrets?: () => readonly string[] } = {}): PreDial {
  const mine = told;
  return createPreDial({
    sender: createSender({ guard: createTargetGuard(["127.0.0.1"], async () => [], clock), clock, version: "1.2.3" }),
    clock,
    log: createLog("debug", clock, (line) => void mine.logged.push(JSON.parse(line))),
    newId: createIds(clock, seededRandom(1)),
    secrets: () => [SECRET],
    onAnswer: () => void (mine.answers += 1),
    ...more,
  });
}

const lead = (id = "ld_1", more: Partial<UpcomingLead> = {}): UpcomingLead => ({
  id,
  phoneNumber: "+919876540486",
  variables: { name: "Zoë" },
  attempt: 1,
  ...more,
});
const many = (count: number, prefix = "ld_") => Array.from({ length: count }, (_, index) => lead(`${prefix}${index}`));
const answered = (count: number) => until(`${count} answers are there`, () => told.answers >= count);
const asked = () => receiver.received.map(({ body }) => JSON.parse(body).lead.id as string);
const arrived = (count: number) => until(`${count} questions have arrived`, () => receiver.received.length >= count);

async function verdictAfter(answer: Answer) {
  receiver.answer(answer);
  preDial.prefetch(campaign, [lead()]);
  await answered(1);
  return preDial.verdict(campaign, lead());
}

describe("the question", () => {
  test("is a signed POST that says who would be called, and by which campaign", async () => {
    receiver.answer(YES);
    preDial.prefetch(campaign, [lead("ld_1", { attempt: 2 })]);
    const { headers, body, id } = await receiver.next();
    expect(JSON.parse(body)).toEqual({
      event: "lead.pre_dial",
      timestamp: new Date(clock.now()).toISOString(),
      campaign: { id: "cmp_1", name: "Spring" },
      lead: { id: "ld_1", phoneNumber: "+919876540486", variables: { name: "Zoë" }, attempt: 2 },
    });
    expect(new Webhook(SECRET).verify(body, Object.fromEntries(headers))).toEqual(JSON.parse(body));
    expect(headers.get("x-osmtalk-signature")).toMatch(/^sha256=/);
    expect(id).toMatch(/^whd_/);
    await answered(1);
  });

  test("has an id of its own each time", async () => {
    receiver.answerAlways(YES);
    preDial.prefetch(campaign, many(3));
    await answered(3);
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(3);
  });
});

describe("the verdict", () => {
  test("is unasked until the answer is there, and the machine is told when it is", async () => {
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "unasked" });
    receiver.answer("hang");
    preDial.prefetch(campaign, [lead()]);
    await arrived(1);
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "unasked" });
    expect(told.answers).toBe(0);
  });

  test("is eligible after a yes", async () => expect(await verdictAfter(YES)).toEqual({ kind: "eligible" }));

  test("is a refusal with its reason after a no", async () => {
    expect(await verdictAfter(NO)).toEqual({ kind: "refused", reason: "the pre-dial hook said no: has paid", isFault: false });
    expect(told.logged.map(({ event, level }) => [event, level])).toEqual([["pre_dial.refused", "info"]]);
  });

  const faults: [what: string, answer: Answer, reason: string][] = [
    ["garbage", { status: 200, body: "<html>" }, "neither"],
    ["nothing", 204, "neither"],
    ["yes, and more than 64 KiB of it", { status: 200, body: `{"eligible":true,"x":"${"x".repeat(70_000)}"}` }, "neither"],
    ["a 500", { status: 500, body: '{"eligible":true}' }, "answered 500"],
    ["a redirect", { status: 307, headers: { location: "/elsewhere" }, body: '{"eligible":true}' }, "answered 307"],
  ];
  test.each(faults)("is closed on %s", async (_, answer, reason) => {
    expect<object>(await verdictAfter(answer)).toEqual({ kind: "refused", reason: expect.stringContaining(reason), isFault: true });
    expect(told.logged.map(({ event, level }) => [event, level])).toEqual([["pre_dial.failed", "warn"]]);
  });

  test("is closed when no answer comes in time", async () => {
    receiver.answer("hang");
    preDial.prefetch(campaign, [lead()]);
    await arrived(1);
    clock.advance(5 * SECOND - 1);
    expect(told.answers).toBe(0);
    clock.advance(1);
    await answered(1);
    expect(preDial.verdict(campaign, lead())).toEqual({
      kind: "refused",
      reason: "the pre-dial hook did not answer within 5 s",
      isFault: true,
    });
    receiver.release();
  });

  test("is closed when the answer begins in time and does not end", async () => {
    const head = Promise.withResolvers<void>();
    const slow = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () =>
        new Response(
          new ReadableStream({
            type: "direct",
            async pull(controller) {
              controller.write('{"eligible":true}');
              await controller.flush();
              head.resolve();
              await new Promise(() => undefined);
            },
          }),
        ),
    });
    campaign.hook.url = `http://127.0.0.1:${slow.port}/`;
    preDial.prefetch(campaign, [lead()]);
    await head.promise;
    for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((resolve) => systemClock.soon(resolve));
    expect(told.answers).toBe(0);
    clock.advance(5 * SECOND);
    await answered(1);
    expect(preDial.verdict(campaign, lead())).toMatchObject({ kind: "refused", isFault: true });
    await slow.stop(true);
  });

  test.each(["http://127.0.0.1:1/", "http://10.0.0.1/", "nonsense"])("is closed when %s cannot be asked", async (url) => {
    campaign.hook.url = url;
    preDial.prefetch(campaign, [lead()]);
    await answered(1);
    expect<object>(preDial.verdict(campaign, lead())).toEqual({
      kind: "refused",
      reason: expect.stringContaining("was not reached"),
      isFault: true,
    });
  });

  test("is closed when we cannot ask", async () => {
    preDial = create({
      secrets: () => {
        throw new Error("the store is closed");
      },
    });
    preDial.prefetch(campaign, [lead()]);
    await answered(1);
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "refused", reason: "the pre-dial hook could not be asked", isFault: true });
  });
});

describe("an answer", () => {
  const about: [what: string, change: (hook: HookedCampaign, of: UpcomingLead) => void][] = [
    ["another number", (_, of) => void (of.phoneNumber = "+919800000001")],
    ["the next attempt", (_, of) => void (of.attempt = 2)],
    ["another hook", (hook) => void (hook.hook = { ...hook.hook, url: "https://other.example/" })],
  ];
  test.each(about)("says nothing about %s", async (_, change) => {
    expect(await verdictAfter(YES)).toEqual({ kind: "eligible" });
    const [hooked, of] = [{ ...campaign }, lead()];
    change(hooked, of);
    expect(preDial.verdict(hooked, of)).toEqual({ kind: "unasked" });
  });

  test("is good for a minute after its question; then it is asked again", async () => {
    expect(await verdictAfter(YES)).toEqual({ kind: "eligible" });
    clock.advance(60 * SECOND);
    preDial.prefetch(campaign, [lead()]);
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "eligible" });
    clock.advance(1);
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "unasked" });
    receiver.answer(NO);
    preDial.prefetch(campaign, [lead()]);
    await answered(2);
    expect(preDial.verdict(campaign, lead())).toMatchObject({ kind: "refused", isFault: false });
    expect(receiver.received).toHaveLength(2);
  });

  test("that never came is waited for 15 s, then it is asked again", async () => {
    expect(await verdictAfter(503)).toMatchObject({ kind: "refused", isFault: true });
    clock.advance(15 * SECOND);
    expect(preDial.verdict(campaign, lead()).kind).toBe("refused");
    clock.advance(1);
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "unasked" });
  });

  test("ages by the clock that never jumps", async () => {
    await verdictAfter(YES);
    clock.jumpTo(clock.now() + 3_600_000);
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "eligible" });
  });

  test("is good for one call: it is forgotten with the claim", async () => {
    await verdictAfter(YES);
    preDial.forget("ld_1");
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "unasked" });
    preDial.forget("ld_unknown");
  });

  test("to a question that was forgotten meanwhile counts for nothing; the lead is asked about anew after it", async () => {
    receiver.answer("hang", YES);
    preDial.prefetch(campaign, [lead()]);
    await arrived(1);
    preDial.forget("ld_1");
    preDial.prefetch(campaign, [lead()]);
    expect(receiver.received).toHaveLength(1);
    receiver.release();
    await answered(1);
    expect(receiver.received).toHaveLength(2);
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "eligible" });
  });
});

describe("asking ahead", () => {
  test("asks once about each lead, however often it is wanted", async () => {
    receiver.answerAlways(YES);
    for (let round = 0; round < 3; round += 1) preDial.prefetch(campaign, many(3));
    await answered(3);
    preDial.prefetch(campaign, many(3));
    expect(asked().toSorted()).toEqual(["ld_0", "ld_1", "ld_2"]);
  });

  test("asks in the order in which they are due, so many at once, and the next when one has answered", async () => {
    preDial = create({ maxPerHost: 2 });
    receiver.answer("hang", "hang");
    receiver.answerAlways(YES);
    preDial.prefetch(campaign, many(5));
    await arrived(2);
    expect(asked().toSorted()).toEqual(["ld_0", "ld_1"]);
    receiver.release();
    await answered(5);
    expect(asked().slice(2)).toEqual(["ld_2", "ld_3", "ld_4"]);
  });

  test("never has more questions in flight than it may", async () => {
    preDial = create({ maxInFlight: 3 });
    receiver.answerAlways("hang");
    preDial.prefetch(campaign, many(10));
    await arrived(3);
    for (let turn = 0; turn < 50; turn += 1) await new Promise<void>((resolve) => systemClock.soon(resolve));
    expect(receiver.received).toHaveLength(3);
  });

  test("a slow hook does not hold up another campaign's", async () => {
    preDial = create({ maxPerHost: 2 });
    const other = startReceiver();
    other.answerAlways(YES);
    receiver.answerAlways("hang");
    preDial.prefetch(campaign, many(10));
    await arrived(2);
    const quick = { id: "cmp_2", name: "Autumn", hook: { url: other.url, timeoutSeconds: 5 } };
    preDial.prefetch(quick, many(10, "ld_quick_"));
    await answered(10);
    expect(preDial.verdict(quick, lead("ld_quick_9"))).toEqual({ kind: "eligible" });
    other.stop();
  });

  test("what is not due any more is not asked about, and another campaign's questions stay", async () => {
    preDial = create({ maxInFlight: 1 });
    receiver.answer("hang");
    receiver.answerAlways(YES);
    const second = { ...campaign, id: "cmp_2" };
    preDial.prefetch(campaign, many(3));
    preDial.prefetch(second, many(1, "ld_second_"));
    await arrived(1);
    preDial.prefetch(campaign, [lead("ld_9")]);
    receiver.release();
    await until("the line is empty", () => asked().length === 3);
    expect(asked().toSorted()).toEqual(["ld_0", "ld_9", "ld_second_0"]);
  });

  test("a number that changed while it was asked about is asked about again", async () => {
    receiver.answer("hang", NO);
    preDial.prefetch(campaign, [lead()]);
    await arrived(1);
    const changed = lead("ld_1", { phoneNumber: "+919800000001" });
    preDial.prefetch(campaign, [changed]);
    receiver.release();
    await answered(2);
    expect(preDial.verdict(campaign, changed)).toMatchObject({ kind: "refused", isFault: false });
    expect(preDial.verdict(campaign, lead())).toEqual({ kind: "unasked" });
  });

  test("looks 500 leads ahead in a campaign and no farther", async () => {
    receiver.answerAlways(YES);
    preDial.prefetch(campaign, many(501));
    await answered(500);
    expect(preDial.verdict(campaign, lead("ld_499"))).toEqual({ kind: "eligible" });
    expect(preDial.verdict(campaign, lead("ld_500"))).toEqual({ kind: "unasked" });
  });
});

describe("stopping", () => {
  test("waits for what is in flight, asks nothing more, and takes no answer", async () => {
    preDial = create({ maxInFlight: 1 });
    receiver.answer("hang");
    preDial.prefetch(campaign, many(3));
    await arrived(1);
    let stopped = false;
    const done = preDial.stop().then(() => void (stopped = true));
    await Promise.resolve();
    expect(stopped).toBe(false);
    receiver.release();
    await done;
    preDial.prefetch(campaign, many(3));
    expect([receiver.received.length, told.answers]).toEqual([1, 0]);
    await preDial.stop();
  });

  test("waits 5 s at most", async () => {
    campaign.hook.timeoutSeconds = 30;
    receiver.answer("hang");
    preDial.prefetch(campaign, [lead()]);
    await arrived(1);
    const done = preDial.stop();
    clock.advance(5 * SECOND);
    await done;
  });

  test("that never began is at once", async () => create().stop());
});
