import { describe, expect, test } from "bun:test";
import { type AgentBot, createReachability, placeOf, type Probe } from "../../src/bots/reachability.ts";
import type { BotConnection } from "../../src/calls/bot.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createFakeClock } from "../support/fake-clock.ts";

const BOT: AgentBot = { agentId: "agent_1", connection: { type: "stream", url: "wss://bot.example/ws?token=secret" } };

function createWorld(probe: Probe) {
  const clock = createFakeClock();
  const logged: string[] = [];
  const asked: AgentBot[] = [];
  const counting: Probe = (bot, signal) => {
    asked.push(bot);
    return probe(bot, signal);
  };
  const reach = createReachability({
    clock,
    log: createLog("debug", clock, (line) => logged.push(line)),
    probe: counting,
    onChange: () => undefined,
  });
  return { clock, logged, asked, reach };
}

describe("a person who waits for an answer about a bot", () => {
  test("has the one that is known while it is good, and a new one after 10 s", async () => {
    const { reach, asked, clock } = createWorld(async () => undefined);
    for (const _ of [1, 2]) expect(await reach.check(BOT)).toBeUndefined();
    expect(asked).toHaveLength(1);
    clock.advance(10_001);
    await reach.check(BOT);
    expect(asked).toHaveLength(2);
  });

  test("has a bot that was not there asked about anew, each time", async () => {
    let problem: string | undefined = "bot.example is gone";
    const { reach, asked, logged } = createWorld(async () => problem);
    for (const _ of [1, 2]) expect(await reach.check(BOT)).toBe("bot.example is gone");
    problem = undefined;
    expect(await reach.check(BOT)).toBeUndefined();
    expect([asked.length, logged.length]).toEqual([3, 2]);
    expect(logged.join()).not.toContain("secret");
  });

  test("shares the question that is open", async () => {
    const { reach, asked } = createWorld(async () => "it is gone");
    expect(await Promise.all([reach.check(BOT), reach.check({ ...BOT, agentId: "agent_2" })])).toEqual(["it is gone", "it is gone"]);
    expect(asked).toHaveLength(1);
  });

  test("waits 3 s at most, and what was asked is let go", async () => {
    let isLetGo = false;
    const { reach, clock } = createWorld((_, signal) => new Promise(() => signal.addEventListener("abort", () => void (isLetGo = true))));
    const answer = reach.check(BOT);
    clock.advance(3_000);
    expect(await answer).toBe("bot.example did not answer within 3 s");
    expect(isLetGo).toBe(true);
  });

  test("is told of a probe that breaks as of a bot that is not there", async () => {
    const { reach } = createWorld(() => Promise.reject(new Error("out of sockets")));
    expect(await reach.check(BOT)).toBe("bot.example could not be asked: out of sockets");
  });

  test("does not wait for a simulated bot", async () => {
    const { reach, asked } = createWorld(async () => "never asked");
    const bot: AgentBot = { agentId: "agent_1", connection: { type: "simulated" } };
    expect([await reach.check(bot), reach.verdict(bot)]).toEqual([undefined, { kind: "reachable" }]);
    expect(asked).toEqual([]);
  });
});

describe("where a bot is, for people", () => {
  test.each<[BotConnection, string]>([
    [{ type: "stream", url: "wss://bot.example:8443/ws/secret?token=secret#secret" }, "bot.example:8443"],
    [{ type: "twiml", url: "https://bot.example/voice?token=secret" }, "bot.example"],
    [{ type: "sip", uri: "sip:secret@10.0.5.9:5070;transport=tcp" }, "10.0.5.9:5070"],
    [{ type: "process", command: "/opt/bot/run", args: ["--token", "secret"] }, "the program '/opt/bot/run'"],
    [{ type: "announcement", audio: "aud_1", keys: {}, waitSeconds: 8, repeats: 1 }, "the recording 'aud_1'"],
    [{ type: "simulated" }, "the simulated bot"],
  ])("%o: %s", (connection, place) => expect(placeOf(connection)).toBe(place));
});
