import { describe, expect, test } from "bun:test";
import { main } from "../src/main.ts";
import { version } from "../src/version.ts";
import { createFakeTerminal } from "./support/fake-terminal.ts";

async function run(...args: string[]) {
  const terminal = createFakeTerminal();
  const exitCode = await main(args, terminal);
  return { exitCode, ...terminal.written() };
}

describe("outdial", () => {
  test("without a word explains itself and is an error of use", async () => {
    const { exitCode, out, err } = await run();
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    for (const command of ["serve", "demo", "keys", "version"]) expect(err).toContain(`  ${command}`);
  });

  test.each([[["--help"]], [["help"]], [["-h"]]])("%p explains itself and is fine", async (args) => {
    const { exitCode, out, err } = await run(...args);
    expect(exitCode).toBe(0);
    expect(out).toContain("Usage: outdial COMMAND");
    expect(err).toBe("");
  });

  test.each(["serve", "demo", "keys", "version"])("%s --help says the same as help %s, and runs nothing", async (command) => {
    const asOption = await run(command, "--help");
    expect(asOption.exitCode).toBe(0);
    expect(asOption.out).toContain(`outdial ${command}`);
    expect(await run("help", command)).toEqual(asOption);
  });

  test.each([[["version"]], [["--version"]], [["-v"]]])("%p prints the version", async (args) => {
    const { exitCode, out } = await run(...args);
    expect(exitCode).toBe(0);
    expect(out).toStartWith(`outdial ${version} (Bun ${Bun.version}`);
  });

  test("a command that does not exist is answered with the one that was meant", async () => {
    const { exitCode, err } = await run("serv");
    expect(exitCode).toBe(2);
    expect(err).toBe("outdial: 'serv' is not a command; the commands are serve, demo, keys, version. Did you mean serve?\n");
  });

  test("help for a command that does not exist is the same error", async () => {
    const { exitCode, err } = await run("help", "dmeo");
    expect(exitCode).toBe(2);
    expect(err).toContain("Did you mean demo?");
  });

  test.each([
    [["serve", "--prot", "1"], "outdial: '--prot' is not an option"],
    [["demo", "--kep"], "outdial demo: '--kep' is not an option here. Did you mean --keep?"],
    [["demo", "now"], "outdial demo: demo takes no words, only options; it has 'now'"],
    [["demo", "--port", "high"], "outdial: OUTDIAL_PORT is 'high'"],
    [["keys", "revok"], "outdial keys: 'revok' is not what keys does; it does create, list, revoke. Did you mean revoke?"],
  ])("%p is an error of use with its sentence", async (args, sentence) => {
    const { exitCode, err } = await run(...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(sentence);
  });

  test("no proxy of the environment is left, in any case of its letters", async () => {
    const terminal = createFakeTerminal({
      HTTP_PROXY: "http://proxy",
      https_proxy: "http://proxy",
      All_Proxy: "x",
      NO_PROXY: "*",
      PATH: "/bin",
    });
    await main(["version"], terminal);
    expect(terminal.environment).toEqual({ PATH: "/bin" });
  });
});
