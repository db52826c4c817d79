// Races on the wire, with the compiled program: numbers go on the do-not-call list, campaigns are paused and resumed, caps
// move, as fast as the API answers, while it dials. The carrier's own record says what left after which answer.
// RACE_PAIRS makes it longer. What a pair is: test/support/race-judge.ts.

import { afterAll, describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { ADMIN_KEY } from "../support/ask.ts";
import { openHours } from "../support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { type Dial, type History, judge, readRecord } from "../support/race-judge.ts";
import { untilAnswer } from "../support/until.ts";

const PAIRS = Number(process.env.RACE_PAIRS ?? 20_000);
const RING_MS = 20;
const TALK_MS = 30;
const CALL_MS = RING_MS + TALK_MS;
/** Requests in flight that list numbers. */
const LISTERS = 6;
/** How far ahead of the last call a number is when it is listed, at most. */
const AHEAD = 100;
/** Numbers in one request, where there are several. */
const MOST_AT_ONCE = 12;

const sandbox = createSandbox();
afterAll(sandbox.clean);

type Send = (method: string, path: string, body?: unknown) => Promise<void>;

interface Race {
  send: Send;
  record: ReturnType<typeof follow>;
  history: History;
  progress: { listed: number };
  enough: () => boolean;
}

interface Campaign {
  id: string;
  from: string;
}

/** Fails for anything but a success. */
function sender(url: string): Send {
  return async (method, path, body) => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${ADMIN_KEY}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  };
}

/** `count` numbers that the simulator answers; each campaign has its own `block`. */
function numbersOf(block: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `+91${block * 100_000 + index}0200`);
}

async function createCampaigns({ request }: Serving, leads: readonly (readonly string[])[], caps: readonly number[]): Promise<Campaign[]> {
  const create = async (path: string, body: unknown) => (await request<{ id: string }>("POST", path, body)).body.id;
  const trunkId = await create("/api/trunks", { name: "Carrier", driver: "simulator", simulator: { ringMs: RING_MS, talkMs: TALK_MS } });
  const agentId = await create("/api/agents", { name: "Anna" });
  const campaigns: Campaign[] = [];
  for (const [index, numbers] of leads.entries()) {
    const from = `+91220000000${index}`;
    const phoneNumberId = await create("/api/phone-numbers", { phoneNumber: from, trunkId });
    const id = await create("/api/campaigns", {
      name: `Campaign ${index}`,
      agentId,
      phoneNumberId,
      maxConcurrent: caps[index],
      schedule: openHours(Date.now()),
      retryPolicy: { maxAttempts: 1 },
    });
    await request("POST", `/api/campaigns/${id}/leads`, { leads: numbers.map((phoneNumber) => ({ phoneNumber })) });
    campaigns.push({ id, from });
  }
  for (const { id } of campaigns) await request("POST", `/api/campaigns/${id}/start`);
  return campaigns;
}

/** Follows the record: how long it is, who was called, and how far the calls to `numbers` have come. */
function follow(path: string, numbers: readonly string[]) {
  const places = new Map(numbers.map((number, place) => [number, place]));
  const file = openSync(path, "r");
  const buffer = Buffer.alloc(1 << 20);
  let read = 0;
  let rest = "";
  let front = 0;
  const called = new Set<string>();
  const catchUp = () => {
    for (;;) {
      const bytes = readSync(file, buffer, 0, buffer.length, read);
      read += bytes;
      const lines = (rest + buffer.toString("utf8", 0, bytes)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { to } = JSON.parse(line) as { to: string };
        called.add(to);
        front = Math.max(front, places.get(to) ?? 0);
      }
      if (bytes < buffer.length) return;
    }
  };
  return {
    size: () => statSync(path).size,
    front() {
      catchUp();
      return front;
    },
    isCalled(number: string) {
      catchUp();
      return called.has(number);
    },
    close: () => closeSync(file),
  };
}

/** Lists numbers just ahead of the calls, one by one or some at once, until there are enough. */
async function listNumbers({ send, record, history, progress, enough }: Race, numbers: readonly string[]): Promise<void> {
  const taken = new Set<string>();
  let passed = 0;
  /** A number that is called soon: not far behind the last call, and behind the listed ones, which nobody calls. */
  const pick = (): string[] => {
    passed = Math.max(passed, record.front());
    while (taken.has(numbers[passed] ?? "")) passed += 1;
    const number = numbers[passed + 1 + Math.floor(Math.random() * AHEAD)];
    if (number === undefined || taken.has(number)) return [];
    taken.add(number);
    return [number];
  };
  const lister = async () => {
    while (!enough() && passed + AHEAD < numbers.length) {
      const chosen = Array.from({ length: Math.random() < 0.5 ? 1 : MOST_AT_ONCE }, pick).flat();
      if (chosen.length === 1) await send("POST", "/api/campaigns/dnc", { phoneNumber: chosen[0] });
      else await send("POST", "/api/campaigns/dnc/bulk", { entries: chosen.map((phoneNumber) => ({ phoneNumber })) });
      const since = record.size();
      history.listed.push(...chosen.map((number) => ({ number, since })));
      // Those called while the request was on its way prove nothing.
      progress.listed += chosen.filter((number) => !record.isCalled(number)).length;
    }
  };
  await Promise.all(Array.from({ length: LISTERS }, lister));
}

async function pauseAndResume({ send, record, history, enough }: Race, { id, from }: Campaign): Promise<void> {
  while (!enough()) {
    await send("POST", `/api/campaigns/${id}/pause`);
    const since = record.size();
    await Bun.sleep(Math.random() * 4);
    history.halted.push({ from, since, until: record.size() });
    await send("POST", `/api/campaigns/${id}/resume`);
    await Bun.sleep(Math.random() * 6);
  }
}

async function moveCap({ send, record, history, enough }: Race, { id, from }: Campaign): Promise<void> {
  while (!enough()) {
    const most = 1 + Math.floor(Math.random() * 15);
    await send("PUT", `/api/campaigns/${id}`, { maxConcurrent: most });
    const since = record.size();
    await Bun.sleep(Math.random() * 8);
    history.capped.push({ from, most, since, until: record.size() });
  }
}

describe("what was acknowledged holds from that moment on", () => {
  const history: History = { listed: [], halted: [], capped: [] };
  let text = "";

  test(`${PAIRS} pairs of an answer and what it forbids, while it dials`, async () => {
    const folder = sandbox.folder();
    const path = join(folder, "carrier.log");
    const app = await sandbox.serve(folder, {
      environment: { ...forTests, OUTDIAL_SIMULATOR_LOG: path, OUTDIAL_MAX_CONCURRENT_CALLS: "60" },
    });
    const leads = [numbersOf(7, Math.min(50_000, PAIRS * 2)), numbersOf(8, Math.min(50_000, PAIRS)), numbersOf(9, Math.min(50_000, PAIRS))];
    const [listed, halted, capped] = await createCampaigns(app, leads, [6, 12, 10]);
    if (listed === undefined || halted === undefined || capped === undefined) throw new Error("three campaigns were asked for");
    await untilAnswer(
      async () => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
      (size) => size > 0,
      5_000,
    );
    const progress = { listed: 0 };
    const record = follow(path, leads[0] ?? []);
    const race: Race = {
      send: sender(app.url),
      record,
      history,
      progress,
      enough: () => progress.listed + history.halted.length + history.capped.length >= PAIRS,
    };

    const startedMs = performance.now();
    await Promise.all([listNumbers(race, leads[0] ?? []), pauseAndResume(race, halted), moveCap(race, capped)]);
    const tookMs = performance.now() - startedMs;
    // What is wrong may come late.
    await Bun.sleep(500);
    app.kill("SIGKILL");
    await app.exited;
    record.close();

    text = readFileSync(path, "utf8");
    const dials = readRecord(text);
    const { pairs, violations } = judge(dials, history, CALL_MS);
    console.log(
      `races: ${pairs.listed} listed, ${pairs.halted} paused, ${pairs.capped} capped in ${Math.round(tookMs / 1000)} s, ${dials.length} calls`,
    );
    expect(violations).toEqual([]);
    expect(pairs.listed + pairs.halted + pairs.capped).toBeGreaterThanOrEqual(PAIRS);
    // It must have dialed all the while, or nothing was raced.
    expect(dials.length).toBeGreaterThan(PAIRS / 20);
  }, 300_000);

  /** The lines are equally long: two that change places leave all others where they are. */
  const swapped = (dials: Dial[], one: number, other: number) =>
    dials
      .map((dial, index) => {
        if (index === one) return { ...dial, offset: dials[other]?.offset ?? 0 };
        return index === other ? { ...dial, offset: dials[one]?.offset ?? 0 } : dial;
      })
      .sort((a, b) => a.offset - b.offset);

  test("the judge notices one call of a listed number that stands behind the answer", () => {
    const dials = readRecord(text);
    const justInTime = dials.findIndex((dial) => history.listed.some(({ number, since }) => number === dial.to && dial.offset < since));
    expect(justInTime).toBeGreaterThanOrEqual(0);
    expect(judge(swapped(dials, justInTime, dials.length - 1), history, CALL_MS).violations.join("\n")).toMatch(
      /was called after the answer that it is on the list/,
    );
  });

  test("the judge notices one call of a paused campaign that stands behind the answer", () => {
    const dials = readRecord(text);
    const pause = history.halted.find(({ since, until }) => until > since);
    const inPause = dials.findIndex(({ offset }) => offset === pause?.since);
    const ofCampaign = dials.findIndex(({ from }) => from === pause?.from);
    expect([inPause, ofCampaign].every((place) => place >= 0)).toBe(true);
    expect(judge(swapped(dials, inPause, ofCampaign), history, CALL_MS).violations.join("\n")).toMatch(
      /left between the answer to its pause/,
    );
  });

  test("the judge notices a cap that was lower than what was in the air", () => {
    const capped = history.capped.map((stretch) => ({ ...stretch, most: stretch.most - 1 }));
    expect(judge(readRecord(text), { ...history, capped }, CALL_MS).violations.join("\n")).toMatch(/were in the air under a cap/);
  });
});
