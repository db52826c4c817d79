import { afterAll, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { createSandbox } from "../support/executable.ts";

const sandbox = createSandbox();
afterAll(sandbox.clean);

/** The demo in a temporary folder of its own, so that what it leaves behind can be seen. */
function startDemo(...args: string[]) {
  const temporary = sandbox.folder();
  const demo = sandbox.watch(["demo", ...args], { environment: { TMPDIR: temporary } });
  return { ...demo, leftovers: () => readdirSync(temporary) };
}

describe("outdial demo", () => {
  test("calls 200 people, adds up, goes on serving, and leaves nothing behind", async () => {
    const demo = startDemo("--keep", "--port", "0");
    const words = await demo.until(/Still serving[^]*report.*\n/);
    expect(words).toContain("200 added from examples/leads.csv, 1 duplicate left out, 3 rows refused:");
    expect(words).toMatch(/dnc_blocked +2\n/);
    expect(words).toContain("200 received with both signatures genuine, 0 forged");
    expect(words).toContain("Everything adds up");
    expect(words.match(/calls in progress/g)?.length).toBeGreaterThan(3);
    expect(demo.leftovers()).toHaveLength(1);

    const url = /OUTDIAL=(\S+)/.exec(words)?.[1] ?? "";
    const authorization = /AUTH="Authorization: ([^"]+)"/.exec(words)?.[1] ?? "";
    const path = /\$OUTDIAL(\S+\/report)/.exec(words)?.[1] ?? "";
    const report = await fetch(`${url}${path}`, { headers: { authorization } });
    expect(await report.json()).toMatchObject({ campaign: { status: "completed" } });

    const { exitCode, err } = await demo.end("SIGINT");
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(demo.leftovers()).toEqual([]);
  }, 30_000);

  test("with --sip the same calls are real SIP calls with real audio, to a carrier that it plays itself", async () => {
    const { exitCode, out, err } = await sandbox.run(["demo", "--sip"]);
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toContain("over SIP and RTP to a carrier on this machine");
    expect(out).toMatch(/completed +1\d\d\n/);
    expect(out).toMatch(/dnc_blocked +2\n/);
    expect(out).toContain("200 received with both signatures genuine, 0 forged");
    expect(out).toContain("Everything adds up");
  }, 60_000);

  test("interrupted in the middle, ends at once and leaves nothing behind", async () => {
    const demo = startDemo();
    await demo.until(/calls in progress/);
    const { exitCode, err } = await demo.end("SIGINT");
    expect({ exitCode, err }).toEqual({ exitCode: 130, err: "" });
    expect(demo.leftovers()).toEqual([]);
  }, 15_000);
});
