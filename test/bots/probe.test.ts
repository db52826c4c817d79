import { afterAll, describe, expect, test } from "bun:test";
import { createServer, type Server } from "node:net";
import { createProbe } from "../../src/bots/probe.ts";
import type { BotConnection } from "../../src/calls/bot.ts";

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => void server.close()));

/** A port that somebody listens on; with `isClosed` one that nobody does any more. */
async function port({ isClosed = false } = {}): Promise<number> {
  const server = createServer((socket) => socket.on("error", () => undefined));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (isClosed) await new Promise((resolve) => void server.close(resolve));
  else servers.push(server);
  return typeof address === "object" && address !== null ? address.port : 0;
}

const probe = createProbe({
  hasAudio: (agentId, audioId) => agentId === "agent_1" && audioId === "aud_1",
  findProgram: (command) => Bun.which(command),
  askSip: async ({ uri }) => (uri === "sip:bot@127.0.0.1:5090" ? undefined : "it did not answer OPTIONS"),
});
const ask = (connection: BotConnection) => probe({ agentId: "agent_1", connection }, new AbortController().signal);

describe("asking whether a bot is there", () => {
  test.each(["ws", "http"] as const)("%s: its host takes connections", async (scheme) => {
    const type = scheme === "ws" ? "stream" : "twiml";
    expect(await ask({ type, url: `${scheme}://127.0.0.1:${await port()}/bot?token=secret` })).toBeUndefined();
  });

  test("nobody listens: the host is named, path and query are not", async () => {
    const closed = await port({ isClosed: true });
    expect(await ask({ type: "stream", url: `ws://127.0.0.1:${closed}/bot/secret?token=secret` })).toBe(
      `127.0.0.1:${closed} cannot be connected to: ECONNREFUSED`,
    );
  });

  test("a host that speaks no TLS where TLS is asked for is not there", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end("this is no handshake\r\n");
    });
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    const address = server.address() as { port: number };
    expect(await ask({ type: "stream", url: `wss://127.0.0.1:${address.port}/` })).toStartWith(
      `127.0.0.1:${address.port} cannot be connected to: `,
    );
  });

  test.each<[string, BotConnection, RegExp | undefined]>([
    ["a simulated bot always is", { type: "simulated" }, undefined],
    ["a SIP address that answers", { type: "sip", uri: "sip:bot@127.0.0.1:5090" }, undefined],
    ["a SIP address that does not", { type: "sip", uri: "sip:bot@127.0.0.1:5091" }, /^it did not answer OPTIONS$/],
    ["a program", { type: "process", command: "sh" }, undefined],
    ["a program by its path", { type: "process", command: "/bin/sh" }, undefined],
    [
      "a program that is not there",
      { type: "process", command: "/nowhere/bot" },
      /^the program '\/nowhere\/bot' is not there, or may not be run$/,
    ],
    ["a file that may not be run", { type: "process", command: "/etc/passwd" }, /may not be run/],
    ["a recording", { type: "announcement", audio: "aud_1", keys: {}, waitSeconds: 8, repeats: 1 }, undefined],
    [
      "a recording that is gone",
      { type: "announcement", audio: "aud_2", keys: {}, waitSeconds: 8, repeats: 1 },
      /^the agent has no recording 'aud_2'$/,
    ],
  ])("%s", async (_, connection, problem) => {
    const found = await ask(connection);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});
