import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withBotProcesses } from "../../src/bots/process-dialer.ts";
import { processEnvironment } from "../../src/bots/process-environment.ts";
import { type ChildProcess, createSpawner } from "../../src/bots/spawn-process.ts";
import type { CallEvents, CallOrder } from "../../src/calls/dialer.ts";
import type { DialResult } from "../../src/calls/ending.ts";
import { createLog } from "../../src/runtime/log.ts";
import { plainPlan } from "../support/bot-plan.ts";
import { createFakeClock } from "../support/fake-clock.ts";
import { sipTrunk, testOrder } from "../support/sip-call.ts";
import { until } from "../support/until.ts";
import { openPhoneLine, type PhoneLine } from "./support/phone-line.ts";

describe("what a program is told of its call", () => {
  test("is its port and the call's context, without our own settings", () => {
    const plan = plainPlan(
      { type: "process", command: "bot" },
      {
        systemPrompt: "Be\0 kind.",
        welcomeMessage: "Hello",
        variables: { name: "Ann", age: 41 },
        call: { id: "call_9", leadId: "ld_4", from: "+15550100001", to: "+15550100002", attempt: 2 },
        outcomeUrl: "http://127.0.0.1/o",
      },
    );
    expect(processEnvironment(plan, 4_711, { PATH: "/bin", PORT: "80", OUTDIAL_ADMIN_KEY: "secret", NOTHING: undefined })).toEqual({
      PATH: "/bin",
      PORT: "4711",
      OUTDIAL_CALL_ID: "call_9",
      OUTDIAL_LEAD_ID: "ld_4",
      OUTDIAL_ATTEMPT: "2",
      OUTDIAL_FROM_NUMBER: "+15550100001",
      OUTDIAL_TO_NUMBER: "+15550100002",
      OUTDIAL_SYSTEM_PROMPT: "Be kind.",
      OUTDIAL_WELCOME_MESSAGE: "Hello",
      OUTDIAL_VARIABLES: '{"name":"Ann","age":41}',
      OUTDIAL_OUTCOME_URL: "http://127.0.0.1/o",
    });
  });
});

describe("a prompt too long for an environment", () => {
  test.each([
    ["one byte too long", 131_050, undefined],
    ["of the greatest length", 131_049, 131_049],
  ])("%s", async (_, bytes, told) => {
    const environment = processEnvironment(
      plainPlan({ type: "process", command: "bot" }, { systemPrompt: "न".repeat(1_000).padEnd(bytes - 2_000, "x") }),
      4_711,
      {},
    );
    expect(environment.OUTDIAL_SYSTEM_PROMPT?.length).toBe(told === undefined ? undefined : told - 2_000);
    expect(await createSpawner().spawn(["/bin/true"], environment).exited).toBe("exit code 0");
  });
});

/** A dialer and programs that do what the test says, and a clock that it moves. */
function stage({ canStart = true, hasChildren = false } = {}) {
  const clock = createFakeClock();
  const placed: { order: CallOrder; events: CallEvents; hungUp: string[] }[] = [];
  const programs: {
    command: readonly string[];
    environment: Readonly<Record<string, string>>;
    signals: string[];
    end(how: string): void;
  }[] = [];
  const results: DialResult[] = [];
  let port = 5_000;
  const dialer = withBotProcesses({
    clock,
    log: createLog("silent", clock, () => undefined),
    environment: {},
    spawner: {
      // Each port is given twice, as the system may.
      freePort: () => Math.floor((port += 0.5)),
      spawn(command, environment): ChildProcess {
        if (!canStart) throw new Error("no such file");
        const { promise, resolve } = Promise.withResolvers<string>();
        const signals: string[] = [];
        programs.push({ command, environment, signals, end: resolve });
        return { exited: promise, isLeft: () => hasChildren, signal: (name) => void signals.push(name) };
      },
    },
    dialer: {
      place(order, events) {
        const hungUp: string[] = [];
        placed.push({ order, events, hungUp });
        return { hangUp: (reason) => void hungUp.push(reason) };
      },
      check: () => Promise.resolve("checked"),
      endOrphan: () => Promise.resolve(),
      stop: () => Promise.resolve(),
    },
  });
  const place = (connection: CallOrder["bot"]["connection"] = { type: "process", command: "bot", args: ["--fast"] }) =>
    dialer.place(testOrder(sipTrunk({}), { bot: plainPlan(connection) }), {
      ringing: () => undefined,
      answered: () => undefined,
      trace: () => undefined,
      told: () => undefined,
      ended: (result) => void results.push(result),
    });
  return { clock, dialer, placed, programs, results, place };
}

const completed: DialResult = { ending: "completed", retry: "policy", reason: "bot_hung_up", ringMs: 10, talkMs: 900 };
const canceled: DialResult = { ending: "no_answer", retry: "policy", reason: "bot_unreachable", ringMs: 10, talkMs: 0 };
const turn = () => Promise.resolve().then(() => undefined);

describe("a call whose bot is a program", () => {
  test("starts it with the call, on a port of its own, and stops it with the call", async () => {
    const { placed, programs, results, place } = stage();
    place();
    place();
    expect(programs.map(({ command, environment }) => [...command, environment.PORT])).toEqual([
      ["bot", "--fast", "5000"],
      ["bot", "--fast", "5001"],
    ]);
    expect(placed.map(({ order }) => order.bot.connection)).toMatchObject([
      { type: "process", port: 5_000 },
      { type: "process", port: 5_001 },
    ]);
    placed[0]?.events.answered(0);
    placed[0]?.events.ended(completed);
    expect(programs.map(({ signals }) => signals)).toEqual([["SIGTERM"], []]);
    expect(results).toEqual([completed]);
  });

  test("kills one that does not go", async () => {
    const { clock, placed, programs, place } = stage();
    place();
    placed[0]?.events.ended(completed);
    clock.advance(2_999);
    expect(programs[0]?.signals).toEqual(["SIGTERM"]);
    clock.advance(1);
    expect(programs[0]?.signals).toEqual(["SIGTERM", "SIGKILL"]);
  });

  test("kills what it started and left behind", async () => {
    const { clock, placed, programs, place } = stage({ hasChildren: true });
    place();
    placed[0]?.events.ended(completed);
    programs[0]?.end("signal SIGTERM");
    await turn();
    clock.advance(3_000);
    expect(programs[0]?.signals).toEqual(["SIGTERM", "SIGKILL"]);
  });

  test("rings nobody when it cannot be started, and gives the attempt back", () => {
    const { clock, placed, results, place } = stage({ canStart: false });
    place().hangUp("nothing to hang up");
    expect(results).toEqual([]);
    clock.settle();
    expect(results).toEqual([{ ending: "failed", retry: "requeue", reason: "bot_unreachable", ringMs: 0, talkMs: 0 }]);
    expect(placed).toEqual([]);
  });

  test("stops ringing when it dies first, and gives the attempt back", async () => {
    const { placed, programs, results, place } = stage();
    place();
    programs[0]?.end("exit code 1");
    await turn();
    expect(placed[0]?.hungUp).toEqual(["bot_unreachable"]);
    placed[0]?.events.ended(canceled);
    expect(results).toEqual([{ ...canceled, ending: "failed", retry: "requeue" }]);
  });

  test("leaves it to the stream when it dies during the conversation", async () => {
    const { placed, programs, results, place } = stage();
    place();
    placed[0]?.events.answered(0);
    programs[0]?.end("exit code 0");
    await turn();
    expect(placed[0]?.hungUp).toEqual([]);
    placed[0]?.events.ended(completed);
    expect(results).toEqual([completed]);
  });

  test("counts when the person picked up in the very moment in which it died", async () => {
    const { placed, programs, results, place } = stage();
    place();
    programs[0]?.end("exit code 1");
    await turn();
    placed[0]?.events.answered(0);
    placed[0]?.events.ended({ ...completed, reason: "bot_unreachable" });
    expect(results).toEqual([{ ...completed, reason: "bot_unreachable" }]);
  });

  test("ends with the dialer, whatever became of the call", async () => {
    const { dialer, programs, place } = stage();
    place();
    let stopped = false;
    void dialer.stop().then(() => void (stopped = true));
    await until("it was told to go", () => programs[0]?.signals.length === 1);
    expect(stopped).toBe(false);
    programs[0]?.end("signal SIGTERM");
    await until("the dialer has stopped", () => stopped);
  });

  test("of another kind passes as it is", () => {
    const { placed, programs, place } = stage();
    place({ type: "stream", url: "ws://127.0.0.1:1/" });
    expect(programs).toEqual([]);
    expect(placed[0]?.order.bot.connection).toEqual({ type: "stream", url: "ws://127.0.0.1:1/" });
  });
});

describe("real programs", () => {
  const spawner = createSpawner();
  const folder = mkdtempSync(join(tmpdir(), "outdial-bot-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  test("are started with their environment alone, and a signal reaches their children", async () => {
    const file = join(folder, "said");
    const child = spawner.spawn(["/bin/sh", "-c", 'sleep 600 & echo "$WHO $! $HOME" > "$FILE"; wait'], { WHO: "me", FILE: file });
    let said: string[] = [];
    await until("it has started", () => {
      said = existsSync(file) ? readFileSync(file, "utf8").split(" ") : [];
      return said.length === 3;
    });
    expect([said[0], said[2]]).toEqual(["me", "\n"]);
    child.signal("SIGTERM");
    expect(await child.exited).toBe("signal SIGTERM");
    await until("its child is gone", () => Bun.spawnSync(["kill", "-0", said[1] ?? ""]).exitCode !== 0);
    child.signal("SIGKILL");
  });

  test("are left while a child of theirs runs", async () => {
    const child = spawner.spawn(["/bin/sh", "-c", '(trap "" TERM; exec sleep 600) & exit 0'], {});
    await child.exited;
    child.signal("SIGTERM");
    expect(child.isLeft()).toBe(true);
    child.signal("SIGKILL");
    await until("its child is gone", () => !child.isLeft());
  });

  test("that do not exist throw", () => expect(() => spawner.spawn([join(folder, "nothing")], {})).toThrow());

  test("tell how they ended", async () => expect(await spawner.spawn(["/bin/sh", "-c", "exit 3"], {}).exited).toBe("exit code 3"));

  test("get ports that they can listen on", () => {
    const server = Bun.serve({ hostname: "127.0.0.1", port: spawner.freePort(), fetch: () => new Response("here") });
    void server.stop(true);
  });
});

describe("over SIP", () => {
  let line: PhoneLine;
  beforeAll(async () => void (line = await openPhoneLine({ calls: 3 })));
  afterAll(() => line.stop());

  test("the person talks to the program, which is gone after the call", async () => {
    const mark = `of-test-${process.pid}`;
    const isRunning = () => Bun.spawnSync(["pgrep", "-f", `echo-bot.ts ${mark}`]).exitCode === 0;
    const placed = line.place({ type: "process", command: process.execPath, args: ["examples/echo-bot.ts", mark] });
    await until("the telephone hears something", () => line.telephones.length === 1);
    const said = new Uint8Array(160).fill(0x90);
    let at = 0;
    await until("it says what it heard", () => {
      line.telephones[0]?.say(said, (at += 160));
      return line.telephones[0]?.heard.some(({ payload }) => payload.every((byte) => byte === 0x90)) === true;
    });
    placed.call.hangUp("enough");
    expect(isRunning()).toBe(true);
    expect(await placed.ended).toMatchObject({ ending: "completed", reason: "enough" });
    await until("the program is gone", () => !isRunning());
  }, 30_000);

  test("a program that never listens is a bot that cannot be reached", async () => {
    const placed = line.place({ type: "process", command: "/bin/sleep", args: ["600"] });
    expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_unreachable" });
  }, 30_000);

  test("one that dies during the conversation has crashed", async () => {
    const placed = line.place({
      type: "process",
      command: "/bin/sh",
      args: ["-c", `"${process.execPath}" examples/echo-bot.ts & sleep 2; kill -9 $!; exit 1`],
    });
    expect(await placed.ended).toMatchObject({ ending: "failed", reason: "bot_crashed" });
  }, 30_000);
});
