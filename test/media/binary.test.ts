import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { portRangeFor } from "../../src/media/rtp/ports.ts";

const folder = mkdtempSync(join(tmpdir(), "outdial-media-"));

afterAll(() => rmSync(folder, { recursive: true }));

/** A whole program of the same layout as the product: main.ts beside media/, one call with the simulated bot against an echo. */
const program = `
import { createMediaEngine } from "./media/media-engine.ts";
import { systemClock } from "./runtime/clock.ts";
import { createLog } from "./runtime/log.ts";
import { systemRandom } from "./runtime/random.ts";

const ports = ${JSON.stringify(portRangeFor(20_100 + (process.pid % 80) * 24, 2))};
const log = createLog("warn", systemClock, (line) => console.error(line));
const media = createMediaEngine({ clock: systemClock, random: systemRandom, log, settings: { address: "127.0.0.1", ports } });
await media.ready();
const echo = await Bun.udpSocket({ hostname: "127.0.0.1", port: 0, socket: { data: (socket, bytes, port, address) => void socket.send(bytes, port, address) } });
const ended = Promise.withResolvers();
const call = media.open(
  { callId: "call_1", bot: { connection: { type: "simulated", talkMs: 300 }, variables: {}, line: { voicemail: { detect: true, action: "continue" }, silenceTimeoutMs: 0, record: false } }, srtp: false },
  { botEnded: ended.resolve, dtmf: () => undefined, noRtp: () => undefined, told: () => undefined },
);
call.connect({ address: "127.0.0.1", port: echo.port, codec: "PCMU", payloadType: 0, direction: "sendrecv", latch: false });
call.answer();
const end = await ended.promise;
console.log(JSON.stringify({ ...end, ...(await call.close()) }));
await media.stop();
echo.close();
`;

test("the worker runs inside a compiled binary, as its second entry point", async () => {
  for (const room of ["bots", "calls", "media", "runtime"])
    cpSync(join(import.meta.dir, "../../src", room), join(folder, "src", room), { recursive: true });
  // Bots read XML.
  symlinkSync(join(import.meta.dir, "../../node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "src/main.ts"), program);
  const flags = ["--compile", "--bytecode", "--format=esm", "--minify-whitespace", "--minify-syntax"];
  const built = Bun.spawnSync([process.execPath, "build", ...flags, "src/main.ts", "src/media/worker.ts", "--outfile", "program"], {
    cwd: folder,
  });
  expect({ code: built.exitCode, said: built.exitCode === 0 ? "" : built.stderr.toString() }).toEqual({ code: 0, said: "" });
  rmSync(join(folder, "src"), { recursive: true });
  const ran = Bun.spawnSync([join(folder, "program")], { cwd: "/", timeout: 20_000 });
  expect(ran.stderr.toString()).toBe("");
  expect(JSON.parse(ran.stdout.toString())).toMatchObject({ reason: "bot_hung_up", analysis: { heard: "tone" }, packetsLost: 0 });
}, 60_000);
