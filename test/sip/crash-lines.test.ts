// kill -9 on the compiled program while a person talks with a bot behind SIP, and while another telephone rings for them: after
// the restart each line hears its end within 5 s. The witness is the far end of all of them. LINES_CRASH_KILLS makes it longer.

import { afterAll, expect, test } from "bun:test";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { freshPort, freshRtpPort } from "../support/tools.ts";
import { untilAnswer } from "../support/until.ts";
import { startWitness } from "../support/witness.ts";

const KILLS = Number(process.env.LINES_CRASH_KILLS ?? 6);
const WITHIN_MS = 5_000;

const sandbox = createSandbox();
const folder = sandbox.folder();
const witness = await startWitness(folder);
afterAll(() => {
  witness.stop();
  sandbox.clean();
});

async function create(app: Serving, path: string, body: unknown): Promise<string> {
  const answer = await app.request<{ id: string }>("POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
}

const until = (what: () => boolean) => untilAnswer(async () => what(), Boolean, 10_000);

test(`${KILLS} kills with a person, their bot and every other time a third telephone on the line: each hears BYE or CANCEL within 5 s of the restart`, async () => {
  const { port } = witness;
  const environment = {
    ...forTests,
    OUTDIAL_SIP_ADDRESS: "127.0.0.1",
    OUTDIAL_SIP_PORT: String(freshPort()),
    OUTDIAL_RTP_PORT: String(freshRtpPort()),
  };
  let app = await sandbox.serve(folder, { environment });
  const trunkId = await create(app, "/api/trunks", {
    name: "Witness",
    driver: "sip",
    allowedPrefixes: ["+91"],
    sip: { host: "127.0.0.1", port, keepAliveSeconds: 0 },
  });
  const phoneNumberId = await create(app, "/api/phone-numbers", { phoneNumber: "+912200000001", trunkId });
  const agentId = await create(app, "/api/agents", { name: "Anna", connection: { type: "sip", uri: `sip:bot2@127.0.0.1:${port}` } });
  const late: string[] = [];

  for (let round = 0; round < KILLS; round += 1) {
    const before = witness.seen().length;
    const now = () => witness.seen().slice(before);
    const acknowledged = (number: string) =>
      now().some(({ method, callId }) => method === "ACK" && now().some((invite) => invite.callId === callId && invite.number === number));
    const destination = `+9198${1_000_000 + round}02`;
    const callId = await create(app, "/api/calls/outbound", { agentId, phoneNumberId, destination });
    await until(() => acknowledged(destination) && acknowledged("bot2"));
    if (round % 2 === 1) {
      const third = `+9198${1_000_000 + round}01`;
      expect((await app.request("POST", `/api/calls/${callId}/transfer`, { destination: third })).status).toBe(200);
      await until(() => now().some(({ method, number }) => method === "INVITE" && number === third));
    }
    await app.end("SIGKILL");

    const restartedAt = Date.now();
    app = await sandbox.serve(folder, { environment });
    const lines = [
      ...new Map(
        now()
          .filter(({ method }) => method === "INVITE")
          .map((invite) => [invite.callId, invite.number]),
      ),
    ];
    expect(lines.map(([, number]) => number.slice(-2)).sort()).toEqual(round % 2 === 1 ? ["01", "02", "t2"] : ["02", "t2"]);
    const endOf = ([id, number]: [string, string]) =>
      now().find((request) => request.callId === id && request.method === (number.endsWith("1") ? "CANCEL" : "BYE"));
    await until(() => lines.every((line) => endOf(line) !== undefined));
    for (const line of lines) {
      const tookMs = (endOf(line)?.at ?? Number.POSITIVE_INFINITY) - restartedAt;
      if (tookMs > WITHIN_MS) late.push(`${line[1]} was told after ${tookMs} ms`);
    }
    const { body } = await app.request<{ status: string }>("GET", `/api/calls/${callId}`);
    expect(body.status).toBe("unknown");
  }
  expect(late).toEqual([]);
  const transactions = new Set(
    witness
      .seen()
      .filter(({ method }) => method === "INVITE")
      .map(({ callId, branch, cseq }) => `${callId} ${branch} ${cseq}`),
  );
  expect(transactions.size).toBe(KILLS * 2 + Math.floor(KILLS / 2));
  expect((await app.end("SIGTERM")).exitCode).toBe(0);
}, 120_000);
