// `outdial demo`: the whole appliance in a temporary folder, one campaign through the simulated carrier, and a receiver
// that checks every webhook. It ends with an exit code that says whether the numbers add up.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, startApp } from "../app.ts";
import type { Config } from "../config.ts";
import { type PracticeCarrier, startPracticeCarrier } from "../practice-carrier.ts";
import { cronAlarm } from "../runtime/alarm.ts";
import { SECOND, sleep, systemClock } from "../runtime/clock.ts";
import { createLog } from "../runtime/log.ts";
import { systemRandom } from "../runtime/random.ts";
import { type Command, ExitCode } from "./command.ts";
import { type ApiClient, createClient } from "./demo/client.ts";
import { createProgressLine } from "./demo/progress.ts";
import { type Receiver, startReceiver } from "./demo/receiver.ts";
import { numbersNotToCall, type Prepared, prepare, type Report, run, simulatedCarrier, simulatedTrunk, sipTrunk } from "./demo/scenario.ts";
import { describePreparation, describeResult, describeServing } from "./demo/words.ts";
import { contradictions, type ListedLead } from "./demo/verdict.ts";
import { describeOptions, type Option, readOptions } from "./options.ts";
import { readConfigOrTell } from "./serve.ts";
import { exitCodeOf, type Terminal } from "./terminal.ts";

const options: readonly Option[] = [
  { flag: "--sip", meaning: "place the calls over real SIP and RTP, to a carrier on the loopback interface" },
  { flag: "--keep", meaning: "go on serving after the report, until Ctrl-C" },
  { flag: "--port", value: "PORT", meaning: "port to listen on; with --keep 4002, otherwise a free one" },
];

export const demoCommand: Command = {
  name: "demo",
  summary: "run a campaign of 200 simulated calls in a temporary folder, and print its report",
  help: () => `Usage: outdial demo [OPTIONS]

Starts an appliance of its own, uploads a list of 200 people (none of them real), calls them through a simulated
carrier, receives and verifies every webhook, and prints the report. No telephone line, no account, no data kept.
With --sip the same calls are real SIP calls with real audio, to a carrier that this program plays itself.

${describeOptions(options)}`,
  async run(args, terminal) {
    const { words, values, problems } = readOptions(args, options);
    if (words.length > 0) problems.push(`demo takes no words, only options; it has '${words.join(" ")}'`);
    if (problems.length > 0) {
      terminal.err(problems.map((problem) => `outdial demo: ${problem}\n`).join(""));
      return ExitCode.usage;
    }
    const keep = values.has("--keep");
    const config = readConfigOrTell(["--port", values.get("--port") ?? (keep ? "4002" : "0")], { ...terminal, environment: {} });
    return config === undefined ? ExitCode.usage : show(config, { keep, isSip: values.has("--sip") }, terminal);
  },
};

const SECRET_BYTES = 32;
/** On a real call the wall clock counts, and a conversation of under 3 s is none. */
const SIP_TALK_MS = 3_400;
const FIRST_RTP_PORT = 17_000;
const RTP_PORT_PAIRS = 7_000;

/** What the options came to. */
interface Wishes {
  keep: boolean;
  isSip: boolean;
}

/** Runs the demo and removes every trace of it, however it ends. */
async function show(settings: Config, { keep, isSip }: Wishes, terminal: Terminal): Promise<number> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "outdial-demo-"));
  const secret = `whsec_${Buffer.from(systemRandom.bytes(SECRET_BYTES)).toString("base64")}`;
  const adminKey = `demo_${Buffer.from(systemRandom.bytes(SECRET_BYTES)).toString("base64url")}`;
  const receiver = startReceiver(secret, systemClock.now);
  const interrupted = terminal.untilSignal();
  let app: App | undefined;
  let carrier: PracticeCarrier | undefined;
  try {
    if (isSip) carrier = await startPracticeCarrier(systemClock, systemRandom, { ...simulatedCarrier, talkMs: SIP_TALK_MS });
    const config: Config = { ...settings, dataDirectory, adminKey, sip: loopback(), webhookAllow: [receiver.address] };
    const log = createLog("error", systemClock, (line) => terminal.err(`${line}\n`));
    app = await startApp({ config, clock: systemClock, alarm: cronAlarm(systemClock), random: systemRandom, log });
    const api = createClient(app.url, adminKey);
    const ended = await Promise.race([play({ api, receiver, secret, carrier }, terminal), interrupted]);
    if (typeof ended === "string") return exitCodeOf(ended);
    if (keep) {
      terminal.out(describeServing({ url: app.url, key: adminKey, prepared: ended.prepared }));
      await interrupted;
    }
    return ended.exitCode;
  } catch (error) {
    terminal.err(`outdial demo: ${error instanceof Error ? error.message : String(error)}\n`);
    return ExitCode.failed;
  } finally {
    await app?.stop({ drainMs: 0 });
    await carrier?.stop();
    await receiver.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  }
}

/** A free port for signalling, and audio where another appliance on this machine is not. */
function loopback(): Config["sip"] {
  const rtpPort = FIRST_RTP_PORT + 2 * Math.floor(systemRandom.fraction() * RTP_PORT_PAIRS);
  return { address: "127.0.0.1", port: 0, publicAddress: undefined, rtpAddress: "127.0.0.1", rtpPort };
}

interface Stage {
  api: ApiClient;
  receiver: Receiver;
  secret: string;
  /** Absent: the simulated one. */
  carrier: PracticeCarrier | undefined;
}

interface Played {
  exitCode: number;
  prepared: Prepared;
}

async function play({ api, receiver, secret, carrier }: Stage, terminal: Terminal): Promise<Played> {
  const startedMs = systemClock.monotonicMs();
  const prepared = await prepare(
    api,
    carrier === undefined ? simulatedTrunk : sipTrunk(carrier.port),
    { url: receiver.url, secret },
    systemClock.now(),
  );
  terminal.out(describePreparation(prepared, numbersNotToCall.length, carrier !== undefined));
  const line = createProgressLine(terminal, systemClock.monotonicMs);
  const report = await run(api, prepared.campaignId, systemClock, (step) => line.show(step.counts.byStatus));
  line.end();
  const { leads } = await api<{ leads: ListedLead[] }>("GET", `/api/campaigns/${prepared.campaignId}/leads?limit=1000`);
  await allDelivered(receiver, leads.length);
  terminal.out(describeResult({ counts: report.counts, received: receiver.received(), elapsedMs: systemClock.monotonicMs() - startedMs }));
  return { exitCode: judge(report, leads, receiver, prepared, terminal), prepared };
}

const DELIVERY_PATIENCE_MS = 5 * SECOND;

/** Webhooks leave after the change they report is committed, so the last ones come after the campaign's end. */
async function allDelivered(receiver: Receiver, expected: number): Promise<void> {
  const deadline = systemClock.monotonicMs() + DELIVERY_PATIENCE_MS;
  while (receiver.received().events < expected && systemClock.monotonicMs() < deadline) await sleep(systemClock, 50);
}

function judge(report: Report, leads: readonly ListedLead[], receiver: Receiver, prepared: Prepared, terminal: Terminal): number {
  const problems = contradictions({
    leads,
    byStatus: report.counts.byStatus,
    received: receiver.received(),
    inserted: prepared.upload.inserted,
    notToCall: numbersNotToCall.length,
  });
  if (problems.length === 0)
    terminal.out("Everything adds up: each lead has one final status and one webhook, and each signature is genuine.\n");
  else terminal.err(problems.map((problem) => `outdial demo: ${problem}\n`).join(""));
  return problems.length === 0 ? ExitCode.ok : ExitCode.failed;
}
