// kill -9 on the compiled program while its calls ring and while they talk, again and again. The witness is a far end of
// its own: after the restart it must see CANCEL or BYE within 5 s, and never a second INVITE for any attempt.
// SIP_CRASH_KILLS makes it longer.

import { afterAll, expect, test } from "bun:test";
import { openHours } from "../support/campaign-by-http.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { freshPort, freshRtpPort } from "../support/tools.ts";
import { untilAnswer } from "../support/until.ts";
import { startWitness } from "../support/witness.ts";

/** In each of them so many calls ring, and as many talk. */
const KILLS = Number(process.env.SIP_CRASH_KILLS ?? 50);
const OF_EACH_KIND = 2;
const WITHIN_MS = 5_000;

const sandbox = createSandbox();
const folder = sandbox.folder();
const witness = await startWitness(folder);
afterAll(() => {
  witness.stop();
  sandbox.clean();
});

/** Numbers of one round: half of them ring for ever, half are answered. */
function numbersOf(round: number): string[] {
  return Array.from(
    { length: OF_EACH_KIND * 2 },
    (_, index) => `+9198${String(1_000_000 + round * 100 + index)}${index % 2 === 0 ? "1" : "2"}`,
  );
}

async function create(app: Serving, path: string, body: unknown): Promise<string> {
  const answer = await app.request<{ id: string }>("POST", path, body);
  expect(answer).toMatchObject({ status: 201 });
  return answer.body.id;
}

async function prepare(app: Serving, port: number): Promise<{ agentId: string; phoneNumberId: string }> {
  const trunkId = await create(app, "/api/trunks", {
    name: "Witness",
    driver: "sip",
    allowedPrefixes: ["+91"],
    sip: { host: "127.0.0.1", port, keepAliveSeconds: 0 },
  });
  const phoneNumberId = await create(app, "/api/phone-numbers", { phoneNumber: "+912200000001", trunkId });
  const connection = { type: "simulated", talkMs: 600_000 };
  return {
    phoneNumberId,
    agentId: await create(app, "/api/agents", { name: "Anna", connection, callPolicy: { ringTimeoutSeconds: 120 } }),
  };
}

async function startCalls(app: Serving, supply: object, round: number): Promise<string> {
  const schedule = openHours(Date.now());
  const id = await create(app, "/api/campaigns", { name: `Round ${round}`, ...supply, schedule, maxConcurrent: 50 });
  await app.request("POST", `/api/campaigns/${id}/leads`, { leads: numbersOf(round).map((phoneNumber) => ({ phoneNumber })) });
  expect((await app.request("POST", `/api/campaigns/${id}/start?preflight=false`)).status).toBe(200);
  return id;
}

test(`${KILLS} kills with ${OF_EACH_KIND} calls ringing and ${OF_EACH_KIND} talking: each hears CANCEL or BYE within 5 s of the restart, none a second INVITE`, async () => {
  const { port } = witness;
  const environment = {
    ...forTests,
    OUTDIAL_SIP_ADDRESS: "127.0.0.1",
    OUTDIAL_SIP_PORT: String(freshPort()),
    OUTDIAL_RTP_PORT: String(freshRtpPort()),
  };
  let app = await sandbox.serve(folder, { environment });
  const supply = await prepare(app, port);
  const late: string[] = [];
  const campaigns: string[] = [];

  for (let round = 0; round < KILLS; round += 1) {
    const numbers = numbersOf(round);
    campaigns.push(await startCalls(app, supply, round));
    const inThisRound = (method: string) =>
      witness.seen().filter((request) => request.method === method && numbers.includes(request.number));
    // Answered calls are talking once their ACK is there; every other kill comes before the store knows of it.
    const wanted = round % 2 === 0 ? OF_EACH_KIND : 0;
    await untilAnswer(
      async () =>
        inThisRound("INVITE").length +
        (wanted === 0
          ? 0
          : witness
              .seen()
              .filter(({ method, callId }) => method === "ACK" && inThisRound("INVITE").some((invite) => invite.callId === callId)).length),
      (count) => count >= numbers.length + wanted,
      10_000,
    );
    await app.end("SIGKILL");

    const restartedAt = Date.now();
    app = await sandbox.serve(folder, { environment });
    const calls = [...new Map(inThisRound("INVITE").map(({ callId, number }) => [callId, number]))];
    expect(calls.length).toBe(numbers.length);
    const endOf = (callId: string, number: string) =>
      witness.seen().find((request) => request.callId === callId && request.method === (number.endsWith("1") ? "CANCEL" : "BYE"));
    await untilAnswer(
      async () => calls.filter(([callId, number]) => endOf(callId, number) === undefined),
      (left) => left.length === 0,
      WITHIN_MS + 1_000,
    );
    for (const [callId, number] of calls) {
      const tookMs = (endOf(callId, number)?.at ?? Number.POSITIVE_INFINITY) - restartedAt;
      if (tookMs > WITHIN_MS) late.push(`${number} was told after ${tookMs} ms`);
    }
  }
  expect(late).toEqual([]);

  const invites = witness.seen().filter(({ method }) => method === "INVITE");
  // Repeats of one packet have one branch: what must not be is a second transaction, or a second call to a number.
  const transactions = [...new Set(invites.map(({ number, callId, branch, cseq }) => `${number} ${callId} ${branch} ${cseq}`))];
  expect(transactions.length).toBe(KILLS * OF_EACH_KIND * 2);
  expect(new Set(invites.map(({ number }) => number)).size).toBe(KILLS * OF_EACH_KIND * 2);

  for (const id of campaigns) {
    const { body } = await app.request<{ campaign: { status: string }; counts: { byStatus: Record<string, number> } }>(
      "GET",
      `/api/campaigns/${id}/report`,
    );
    expect(body).toMatchObject({ campaign: { status: "failed" }, counts: { byStatus: { failed: OF_EACH_KIND * 2 } } });
  }
  const unknown = await app.request<{ calls: { status: string; reason: string }[] }>("GET", "/api/calls?limit=1000");
  expect([...new Set(unknown.body.calls.map(({ status, reason }) => `${status} ${reason}`))]).toEqual(["unknown unknown_after_crash"]);
  expect((await app.end("SIGTERM")).exitCode).toBe(0);
}, 240_000);
