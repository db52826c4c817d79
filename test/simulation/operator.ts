// A person at the API who does everything that the API allows, at any moment, by a seed; remembers what was promised.

import type { Schedule } from "../../src/campaigns/window.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Answer } from "./appliance.ts";
import type { Carrier } from "./carrier.ts";
import type { Dice } from "./dice.ts";
import { noteCampaign, type Promises } from "./promises.ts";

/** A request, or undefined when the process died before its answer. */
export type AskMortal = (method: string, path: string, body?: unknown) => Promise<Answer | undefined>;

export interface OperatorDependencies {
  ask: AskMortal;
  dice: Dice;
  clock: FakeClock;
  carrier: Carrier;
  promises: Promises;
  /** Whose campaigns it called last, for ill-timed requests. */
  campaignOfCall: (callId: string) => string | undefined;
  report: (problem: string) => void;
}

export interface Operator {
  /** Trunks, numbers, agents, and a first campaign. */
  prepare(): Promise<void>;
  /** One thing, anything. */
  act(): Promise<void>;
  /** What hurts most right after a call has left, or should be about to. */
  interfere(number: string, campaignId: string | null): Promise<void>;
  /** Lets everything that may move go on, in hours that are always open. */
  release(): Promise<void>;
  campaigns: string[];
}

const ZONES = ["UTC", "Asia/Kolkata", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham", "America/Sao_Paulo"];
const ENDINGS = ["no_answer", "busy", "voicemail", "failed"] as const;
const MOST_CAMPAIGNS = 8;

export function createOperator(deps: OperatorDependencies): Operator {
  const { ask, dice, clock, carrier, promises, report } = deps;
  const numbers = Array.from({ length: dice.pick([12, 40, 100, 150]) }, (_, index) => `+9198765${String(10_000 + index)}`);
  const trunks: string[] = [];
  const phoneNumbers: string[] = [];
  const agents: string[] = [];
  const campaigns: string[] = [];
  const entries: { id: string; number: string }[] = [];

  const create = async (path: string, body: unknown): Promise<string> => {
    for (;;) {
      const answer = await ask("POST", path, body);
      if (answer?.status === 201) return answer.body.id;
      if (answer !== undefined && answer.status < 500) throw new Error(`POST ${path}: ${JSON.stringify(answer.body)}`);
    }
  };

  const schedule = (): Partial<Schedule> => {
    const hour = (value: number) => `${String(value % 24).padStart(2, "0")}:${dice.pick(["00", "00", "15", "30", "59"])}`;
    const start = dice.between(0, 23);
    const hours = dice.chance(0.15) ? 1 : dice.between(3, 20);
    const weekdays = dice.chance(0.7) ? [0, 1, 2, 3, 4, 5, 6] : [0, 1, 2, 3, 4, 5, 6].filter(() => dice.chance(0.7));
    const [windowStart, windowEnd] = [hour(start), hour(start + hours)];
    const around = { windowStart: "00:00", windowEnd: "23:59" };
    const times = dice.chance(0.4) || windowStart === windowEnd ? around : { windowStart, windowEnd };
    return { timezone: dice.pick(ZONES), ...times, weekdays: weekdays.length === 0 ? [3] : weekdays };
  };
  const retryPolicy = (): RetryPolicy => ({ maxAttempts: dice.between(1, 4), backoffMinutes: dice.pick([1, 2, 5, 15, 60, 180]), retryOn: ENDINGS.filter(() => dice.chance(0.6)) });
  const someNumbers = (most: number) => Array.from({ length: dice.between(1, most) }, () => dice.pick(numbers));

  const createCampaign = async () => {
    const body = {
      name: `Campaign ${campaigns.length + 1}`, agentId: dice.pick(agents), phoneNumberId: dice.pick(phoneNumbers), maxConcurrent: dice.between(1, 8),
      schedule: schedule(), retryPolicy: retryPolicy(), webhookUrl: "http://receiver.example/hook",
      ...(dice.chance(0.2) ? { scheduledStartAt: new Date(clock.now() + dice.between(-60, 600) * 60_000).toISOString() } : {}),
    };
    const answer = await ask("POST", "/api/campaigns", body);
    if (answer?.status !== 201) return;
    const id: string = answer.body.id;
    campaigns.push(id);
    noteCampaign(promises, id, answer.body);
    await addLeads(id, 60);
    if (dice.chance(0.9)) await command("start", id);
  };

  const addLeads = async (id: string, most: number) => {
    const list = someNumbers(most);
    const csv = dice.chance(0.3) ? `phone,name\n${list.map((number) => `${number},Someone`).join("\n")}\n` : undefined;
    await ask("POST", `/api/campaigns/${id}/leads`, csv ?? { leads: list.map((phoneNumber) => ({ phoneNumber, variables: { name: "Someone" } })) });
  };

  /** Start and resume take a promise back before they are sent: from then on calls may leave. */
  const command = async (verb: "start" | "pause" | "resume" | "stop", id: string) => {
    const before = promises.halted.get(id);
    if (verb === "start" || verb === "resume") promises.halted.delete(id);
    const hangsUp = verb === "stop" && dice.chance(0.4);
    const answer = await ask("POST", `/api/campaigns/${id}/${verb}`, hangsUp ? { inFlight: "hangup" } : undefined);
    if (answer === undefined || answer.status >= 500) return;
    if (answer.status !== 200) {
      if (before !== undefined) promises.halted.set(id, before);
      return;
    }
    if (verb === "pause") promises.halted.set(id, "paused");
    if (verb === "stop") promises.halted.set(id, "stopped");
    if (hangsUp) requireHangUps((call) => deps.campaignOfCall(call.order.callId) === id, "S8", `campaign ${id} was stopped with hangup`);
  };

  const requireHangUps = (isMeant: (call: ReturnType<Carrier["open"]>[number]) => boolean, name: string, what: string) => {
    const spared = carrier.open().filter((call) => call.life.isAlive && isMeant(call) && !call.wasToldToHangUp);
    if (spared.length > 0) report(`${name}: ${what}, and ${spared.length} of its calls were not told to end`);
  };

  const change = async (id: string, fields: object) => {
    promises.campaigns.set(id, undefined);
    const answer = await ask("PUT", `/api/campaigns/${id}`, fields);
    if (answer?.status === 200) return noteCampaign(promises, id, answer.body);
    // Refused: as it was. Of the rest nobody knows: whatever the database says, and either policy.
    const known = await ask("GET", `/api/campaigns/${id}`);
    if (known?.status === 200) noteCampaign(promises, id, known.body);
    else if ("retryPolicy" in fields) promises.policies.get(id)?.push(fields.retryPolicy as RetryPolicy);
  };

  const changeTrunk = async () => {
    const id = dice.pick(trunks);
    promises.trunks.set(id, undefined);
    const caps = { maxConcurrent: dice.chance(0.3) ? null : dice.between(1, 8), callsPerSecond: dice.chance(0.4) ? null : dice.between(1, 5) };
    const answer = await ask("PUT", `/api/trunks/${id}`, caps);
    if (answer?.status === 200) promises.trunks.set(id, caps);
  };

  const list = async (number: string) => {
    const isBulk = dice.chance(0.2);
    const also = isBulk ? [number, ...someNumbers(3)] : [number];
    const answer = isBulk
      ? await ask("POST", "/api/campaigns/dnc/bulk", { entries: also.map((phoneNumber) => ({ phoneNumber })) })
      : await ask("POST", "/api/campaigns/dnc", { phoneNumber: number, source: "opt_out" });
    if (answer === undefined || answer.status > 201) return;
    for (const one of also) promises.listed.set(one, clock.monotonicMs());
    if (!isBulk) entries.push({ id: answer.body.id, number });
    requireHangUps((call) => also.includes(call.order.to) && !call.isAnswered, "S5", `${also.join(", ")} went on the list`);
  };

  const unlist = async () => {
    const entry = entries.splice(dice.between(0, Math.max(0, entries.length - 1)), 1)[0];
    if (entry === undefined) return;
    promises.listed.delete(entry.number);
    await ask("DELETE", `/api/campaigns/dnc/${entry.id}`);
  };

  const remove = async (id: string) => {
    const answer = await ask("DELETE", `/api/campaigns/${id}`);
    if (answer?.status === 204) promises.halted.set(id, "deleted");
    if (answer?.status === 204 || answer?.status === 404) campaigns.splice(campaigns.indexOf(id), 1);
  };

  const budget = async () => {
    if (dice.chance(0.3)) return void (await ask("PUT", "/api/billing/rates", { rates: [{ prefix: "", pricePerMinute: 0.5, connectionFee: 0.1, firstSeconds: 60, nextSeconds: 6 }] }));
    await ask("POST", "/api/billing/top-up", { amount: dice.between(5, 400) });
  };

  const callOne = async () => {
    const answer = await ask("POST", "/api/calls/outbound", { agentId: dice.pick(agents), phoneNumberId: dice.pick(phoneNumbers), destination: dice.pick(numbers) });
    if (answer?.status === 201 && dice.chance(0.2)) await ask("POST", `/api/calls/${answer.body.id}/end`);
  };

  /** As a bot does when its conversation is over, or a little before. */
  const reportOutcome = async () => {
    const call = carrier.log.length === 0 ? undefined : dice.pick(carrier.log.slice(-6));
    const said = dice.pick([{ analysis: { next_action: "not_interested" } }, { transcript: [{ role: "user", content: "Yes, please" }] }, { analysis: { lead_qualified: true }, transcript: "User: Take me off your list" }]);
    if (call !== undefined) await ask("POST", `/api/calls/${call.order.callId}/outcome`, said);
  };

  const look = async (id: string) => {
    await ask("GET", dice.pick([`/api/campaigns/${id}`, `/api/campaigns/${id}/report`, `/api/campaigns/${id}/leads?limit=50`, "/api/campaigns", "/api/campaigns/dnc"]));
  };

  const deeds: readonly [weight: number, deed: (id: string) => Promise<unknown>][] = [
    [8, async () => (campaigns.length < MOST_CAMPAIGNS ? createCampaign() : undefined)],
    [6, (id) => command("start", id)],
    [6, (id) => command("pause", id)],
    [14, (id) => command("resume", id)],
    [1, (id) => command("stop", id)],
    [4, remove],
    [18, (id) => addLeads(id, 25)],
    [5, (id) => change(id, { maxConcurrent: dice.between(1, 8) })],
    [5, (id) => change(id, { schedule: schedule() })],
    [4, (id) => change(id, { retryPolicy: retryPolicy() })],
    [4, changeTrunk],
    [6, () => list(dice.pick(numbers))],
    [6, unlist],
    [5, callOne],
    [8, reportOutcome],
    [2, budget],
    [4, look],
  ];
  const totalWeight = deeds.reduce((sum, [weight]) => sum + weight, 0);

  return {
    campaigns,
    async prepare() {
      for (let count = dice.between(1, 3); count > 0; count -= 1) {
        const caps = { maxConcurrent: dice.chance(0.4) ? null : dice.between(2, 8), callsPerSecond: dice.chance(0.5) ? null : dice.between(1, 4) };
        const id = await create("/api/trunks", { name: `Trunk ${count}`, driver: "simulator", ...caps });
        promises.trunks.set(id, caps);
        trunks.push(id);
      }
      for (let count = dice.between(1, 3); count > 0; count -= 1) phoneNumbers.push(await create("/api/phone-numbers", { phoneNumber: `+91220000000${count}`, trunkId: dice.pick(trunks) }));
      for (let count = dice.between(1, 2); count > 0; count -= 1) {
        const callPolicy = { ringTimeoutSeconds: dice.between(10, 60), maxDurationSeconds: dice.between(60, 300) };
        agents.push(await create("/api/agents", { name: `Agent ${count}`, callPolicy, postCallAnalysis: { enabled: dice.chance(0.5) } }));
      }
      await createCampaign();
    },
    async act() {
      const id = campaigns.length === 0 ? undefined : dice.pick(campaigns);
      if (id === undefined) return createCampaign();
      let left = dice.fraction() * totalWeight;
      await deeds.find(([weight]) => (left -= weight) < 0)?.[1](id);
    },
    async interfere(number, campaignId) {
      const deed = dice.between(0, 9);
      if (deed < 5 || campaignId === null) return list(number);
      if (deed < 7) return command("pause", campaignId);
      if (deed < 8) return command("stop", campaignId);
      return change(campaignId, { maxConcurrent: dice.between(1, 3) });
    },
    async release() {
      for (const id of [...campaigns]) {
        await change(id, { schedule: { timezone: "UTC", windowStart: "00:00", windowEnd: "23:59", weekdays: [0, 1, 2, 3, 4, 5, 6] } });
        await command("resume", id);
      }
      await ask("POST", "/api/billing/top-up", { amount: 1_000_000 });
    },
  };
}
