// A person at the API who does everything that the API allows, at any moment, by a seed; remembers what was promised.

import type { RetryPolicy } from "../../src/leads/retry.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Answer } from "./appliance.ts";
import type { Carrier } from "./carrier.ts";
import type { Dice } from "./dice.ts";
import { drawAnalysis } from "./course.ts";
import { noteCampaign, type Promises } from "./promises.ts";
import { createRules, free } from "./rules.ts";

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

const MOST_CAMPAIGNS = 5;

export function createOperator(deps: OperatorDependencies): Operator {
  const { ask, dice, clock, carrier, promises, report } = deps;
  const rules = createRules(dice);
  const numbers = Array.from({ length: dice.pick([8, 12, 30, 60]) }, (_, index) => `+9198765${String(10_000 + index)}`);
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

  const someNumbers = (most: number) => Array.from({ length: dice.between(1, most) }, () => dice.pick(numbers));

  const createCampaign = async () => {
    const phoneNumberId = dice.pick(phoneNumbers);
    const body = {
      name: `Campaign ${campaigns.length + 1}`,
      agentId: dice.pick(agents),
      phoneNumberId,
      maxConcurrent: dice.between(1, 8),
      schedule: rules.schedule(),
      retryPolicy: rules.retryPolicy(),
      webhookUrl: "http://receiver.example/hook",
      ...rules.further(
        phoneNumbers.filter((id) => id !== phoneNumberId),
        clock.now(),
      ),
      ...(dice.chance(0.2) ? { scheduledStartAt: new Date(clock.now() + dice.between(-60, 600) * 60_000).toISOString() } : {}),
    };
    const answer = await ask("POST", "/api/campaigns", body);
    if (answer?.status !== 201) return;
    const id: string = answer.body.id;
    campaigns.push(id);
    noteCampaign(promises, id, answer.body);
    await addLeads(id, 40);
    if (dice.chance(0.9)) await command("start", id);
  };

  const addLeads = async (id: string, most: number) => {
    const list = someNumbers(most);
    const csv = dice.chance(0.3) ? `phone,name\n${list.map((number) => `${number},Someone`).join("\n")}\n` : undefined;
    await ask(
      "POST",
      `/api/campaigns/${id}/leads`,
      csv ?? { leads: list.map((phoneNumber) => ({ phoneNumber, variables: { name: "Someone" }, ...rules.person(clock.now()) })) },
    );
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

  const drawCaps = () => ({
    maxConcurrent: dice.chance(0.3) ? null : dice.between(1, 8),
    callsPerSecond: dice.chance(0.4) ? null : dice.between(1, 5),
  });

  const changeTrunk = async () => {
    const id = dice.pick(trunks);
    promises.trunks.set(id, undefined);
    const caps = drawCaps();
    const answer = await ask("PUT", `/api/trunks/${id}`, caps);
    if (answer?.status === 200) promises.trunks.set(id, caps);
  };

  /** Its caps, and now and then the trunk that it is on. */
  const changeNumber = async () => {
    const id = dice.pick(phoneNumbers);
    promises.numbers.set(id, undefined);
    const answer = await ask("PUT", `/api/phone-numbers/${id}`, {
      ...drawCaps(),
      ...(dice.chance(0.3) ? { trunkId: dice.pick(trunks) } : {}),
    });
    if (answer?.status === 200) promises.numbers.set(id, answer.body);
  };

  const changeLimits = async () => {
    promises.limits = undefined;
    const { maxConcurrent, callsPerSecond } = drawCaps();
    const limits = {
      maxConcurrentCalls: maxConcurrent,
      maxCallsPerSecond: callsPerSecond,
      contactLimits: dice.chance(0.2) ? rules.contactLimits() : [],
    };
    const answer = await ask("PUT", "/api/settings/limits", limits);
    if (answer?.status === 200) promises.limits = { maxConcurrent, callsPerSecond, contactLimits: limits.contactLimits };
  };

  /** One lead of the campaign: promised a call, put off, moved, called again by hand, or gone. */
  const changeLead = async (id: string) => {
    const answer = await ask("GET", `/api/campaigns/${id}/leads?limit=60`);
    if (answer?.status !== 200 || answer.body.leads.length === 0) return;
    const path = `/api/campaigns/${id}/leads/${dice.pick<{ id: string }>(answer.body.leads).id}`;
    if (dice.chance(0.3)) return void (await ask("POST", `${path}/retry`));
    if (dice.chance(0.1)) return void (await ask("DELETE", path));
    await ask(
      "PATCH",
      path,
      dice.chance(0.5) ? { callbackAt: dice.chance(0.9) ? rules.soon(clock.now()) : null } : rules.person(clock.now()),
    );
  };

  /** What the bot of a late call has to say, before its end or after. */
  const reportOutcome = async () => {
    if (carrier.log.length === 0) return;
    const call = dice.pick(carrier.log.slice(-12));
    promises.reported.add(call.order.callId);
    const said = dice.pick([
      { analysis: drawAnalysis(dice.between, clock.now()) },
      { transcript: [{ role: "user", content: "Yes, please" }] },
      { analysis: { lead_qualified: true }, transcript: "User: Take me off your list" },
    ]);
    await ask("POST", `/api/calls/${call.order.callId}/outcome`, said);
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
    if (dice.chance(0.3))
      return void (await ask("PUT", "/api/billing/rates", {
        rates: [{ prefix: "", pricePerMinute: 0.5, connectionFee: 0.1, firstSeconds: 60, nextSeconds: 6 }],
      }));
    await ask("POST", "/api/billing/top-up", { amount: dice.between(5, 400) });
  };

  const callOne = async () => {
    const answer = await ask("POST", "/api/calls/outbound", {
      agentId: dice.pick(agents),
      phoneNumberId: dice.pick(phoneNumbers),
      destination: dice.pick(numbers),
    });
    if (answer?.status === 201 && dice.chance(0.2)) await ask("POST", `/api/calls/${answer.body.id}/end`);
  };

  const look = async (id: string) => {
    await ask(
      "GET",
      dice.pick([
        `/api/campaigns/${id}`,
        `/api/campaigns/${id}/report`,
        `/api/campaigns/${id}/leads?limit=50`,
        "/api/campaigns",
        "/api/campaigns/dnc",
      ]),
    );
  };

  const deeds: readonly [weight: number, deed: (id: string) => Promise<unknown>][] = [
    [8, async () => (campaigns.length < MOST_CAMPAIGNS ? createCampaign() : undefined)],
    [6, (id) => command("start", id)],
    [6, (id) => command("pause", id)],
    [14, (id) => command("resume", id)],
    [1, (id) => command("stop", id)],
    [4, remove],
    [18, (id) => addLeads(id, 15)],
    [5, (id) => change(id, { maxConcurrent: dice.between(1, 8) })],
    [5, (id) => change(id, { schedule: rules.schedule() })],
    [4, (id) => change(id, { retryPolicy: rules.retryPolicy() })],
    [3, (id) => change(id, { callsPerSecond: null, ...rules.further([], clock.now()), phoneNumberIds: undefined })],
    [4, changeTrunk],
    [3, changeNumber],
    [2, changeLimits],
    [9, changeLead],
    [6, reportOutcome],
    [6, () => list(dice.pick(numbers))],
    [6, unlist],
    [5, callOne],
    [2, budget],
    [4, look],
  ];
  const totalWeight = deeds.reduce((sum, [weight]) => sum + weight, 0);

  return {
    campaigns,
    async prepare() {
      for (let count = dice.between(1, 3); count > 0; count -= 1) {
        const caps = {
          maxConcurrent: dice.chance(0.4) ? null : dice.between(2, 8),
          callsPerSecond: dice.chance(0.5) ? null : dice.between(1, 4),
        };
        const id = await create("/api/trunks", { name: `Trunk ${count}`, driver: "simulator", ...caps });
        promises.trunks.set(id, caps);
        trunks.push(id);
      }
      for (let count = dice.between(1, 3); count > 0; count -= 1) {
        const number = {
          phoneNumber: `${dice.pick(["+91220000000", "+44207946000"])}${count}`,
          trunkId: dice.pick(trunks),
          ...(dice.chance(0.3) ? drawCaps() : { maxConcurrent: null, callsPerSecond: null }),
        };
        const id = await create("/api/phone-numbers", number);
        promises.numbers.set(id, number);
        phoneNumbers.push(id);
      }
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
        await change(id, free);
        await command("resume", id);
      }
      promises.limits = undefined;
      await ask("PUT", "/api/settings/limits", { contactLimits: [], maxConcurrentCalls: null, maxCallsPerSecond: null });
      await ask("POST", "/api/billing/top-up", { amount: 1_000_000 });
    },
  };
}
