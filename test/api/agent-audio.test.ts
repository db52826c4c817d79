// /api/agents/{id}/audio: recordings go in as files, come out as they are played, and stay while anything names them.

import { describe, expect, test } from "bun:test";
import { WaveFile } from "wavefile";
import { writeWav } from "../../src/media/sound/wav.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { createWholeApi } from "../support/whole-api.ts";
import type { World } from "../support/world.ts";

const UNKNOWN = "aud_00000000000000000000000000";
const samples = Int16Array.from({ length: 4_000 }, (_, index) => Math.round(8_000 * Math.sin(index / 10)));
const file = writeWav(samples);

async function createAgent(world: World): Promise<string> {
  const { status, body } = await world.request("POST", "/api/agents", { name: "Ada" });
  expect(status).toBe(201);
  return body.id;
}

async function upload(world: World, agentId: string, name = ""): Promise<string> {
  const { status, body } = await world.request(
    "POST",
    `/api/agents/${agentId}/audio${name === "" ? "" : `?name=${encodeURIComponent(name)}`}`,
    file,
    { headers: { "content-type": "audio/wav" } },
  );
  expect([status, body.error]).toEqual([201, undefined]);
  return body.id;
}

async function download(world: World, path: string): Promise<{ status: number; type: string | null; bytes: Uint8Array }> {
  const response = await world.api.handle(
    new Request(`http://localhost${path}`, { headers: { authorization: `Bearer ${world.adminKey}` } }),
  );
  return { status: response.status, type: response.headers.get("content-type"), bytes: new Uint8Array(await response.arrayBuffer()) };
}

describe("a recording", () => {
  test("goes in with a name, is listed newest first, and comes back as it is played", async () => {
    const world = createWholeApi();
    const agentId = await createAgent(world);
    const first = await upload(world, agentId, "Spring offer");
    const second = await upload(world, agentId);
    expect((await world.request("GET", `/api/agents/${agentId}/audio`)).body).toMatchObject({
      audio: [
        { id: second, name: "recording", durationSeconds: 0.5 },
        { id: first, name: "Spring offer", durationSeconds: 0.5 },
      ],
      total: 2,
    });
    expect(await download(world, `/api/agents/${agentId}/audio/${first}`)).toEqual({ status: 200, type: "audio/wav", bytes: file });
  });

  test("of another rate and width is kept at 8,000 samples a second", async () => {
    const world = createWholeApi();
    const agentId = await createAgent(world);
    const wide = new WaveFile();
    wide.fromScratch(2, 44_100, "24", [new Float64Array(44_100), new Float64Array(44_100)]);
    const { status, body } = await world.request("POST", `/api/agents/${agentId}/audio`, wide.toBuffer());
    expect([status, body.durationSeconds]).toEqual([201, 1]);
  });

  test("whose agent is deleted while the file is read is refused like that of any other that there is not", async () => {
    const world = createWholeApi();
    const agentId = await createAgent(world);
    const long = writeWav(new Int16Array(8_000 * 200));
    const [added, deleted] = await Promise.all([
      world.request("POST", `/api/agents/${agentId}/audio`, long, { headers: { "content-type": "audio/wav" } }),
      nextTurn().then(() => world.request("DELETE", `/api/agents/${agentId}`)),
    ]);
    expect([deleted.status, added.status, added.body.code]).toEqual([204, 404, "not_found"]);
  });

  test.each<[string, string | Uint8Array | undefined, string]>([
    ["no file", undefined, "the body is empty; it must be a WAV file"],
    ["JSON", "{}", "the file is no WAV file: it begins with the bytes 7b 7d"],
    ["an MP3", "ID3\u0004\0\0\0\0\0\0\0\0", "it begins with the mark of an MP3 file; save the sound as WAV (PCM)"],
  ])("is refused when it is %s, with what is wrong", async (_name, bytes, words) => {
    const world = createWholeApi();
    const { status, body } = await world.request("POST", `/api/agents/${await createAgent(world)}/audio`, bytes);
    expect([status, body.code, body.error]).toEqual([400, "validation_failed", expect.stringContaining(words)]);
  });

  test("is refused when it is too large, before it is read", async () => {
    const world = createWholeApi();
    const { status, body } = await world.request("POST", `/api/agents/${await createAgent(world)}/audio`, file, {
      headers: { "content-length": String(40 * 1024 * 1024) },
    });
    expect([status, body.code, body.error]).toEqual([
      413,
      "body_too_large",
      expect.stringContaining("a WAV body may have 33554432 bytes at most; save the sound with fewer samples a second"),
    ]);
  });

  test("that is sent again under the same key goes in once", async () => {
    const world = createWholeApi();
    const agentId = await createAgent(world);
    const send = () =>
      world.request("POST", `/api/agents/${agentId}/audio`, file, { headers: { "content-type": "audio/wav", "idempotency-key": "one" } });
    expect((await send()).body.id).toBe((await send()).body.id);
    expect((await world.request("GET", `/api/agents/${agentId}/audio`)).body.total).toBe(1);
  });

  test("of another agent is not found", async () => {
    const world = createWholeApi();
    const audioId = await upload(world, await createAgent(world));
    const other = await createAgent(world);
    for (const method of ["GET", "DELETE"]) {
      const { status, body } = await world.request(method, `/api/agents/${other}/audio/${audioId}`);
      expect([status, body.error]).toEqual([404, `there is no recording of this agent with the id '${audioId}'`]);
    }
  });
});

describe("an agent that names a recording", () => {
  const announcement = (audio: string) => ({ connection: { type: "announcement", audio, keys: { "9": "opt_out" } } });

  test.each([
    ["connection.audio", announcement(UNKNOWN)],
    ["voicemail.audio", { voicemail: { action: "message", audio: UNKNOWN } }],
  ])("must have it: %s", async (path, change) => {
    const world = createWholeApi();
    const agentId = await createAgent(world);
    await upload(world, await createAgent(world));
    const changed = await world.request("PUT", `/api/agents/${agentId}`, change);
    expect([changed.status, changed.body.details]).toEqual([
      400,
      [
        {
          path,
          message: `is '${UNKNOWN}', which is no recording of this agent; upload it with POST /api/agents/${agentId}/audio, and name the id of the answer here`,
        },
      ],
    ]);
    const made = await world.request("POST", "/api/agents", { name: "Ada", ...change });
    expect([made.status, made.body.details[0].message]).toEqual([400, expect.stringContaining("create the agent without it")]);
  });

  test("keeps it while its draft, its current version or a campaign plays it", async () => {
    const world = createWholeApi();
    const agentId = await createAgent(world);
    const audioId = await upload(world, agentId);
    const remove = async () => {
      const { status, body } = await world.request("DELETE", `/api/agents/${agentId}/audio/${audioId}`);
      return status === 204 ? "removed" : `${status} ${body.code}: ${body.error}`;
    };
    await world.request("PUT", `/api/agents/${agentId}`, announcement(audioId));
    expect(await remove()).toBe(
      `409 still_referenced: the recording '${audioId}' is in use by the agent's draft; delete or change them first`,
    );

    await world.request("POST", `/api/agents/${agentId}/versions`, {});
    const trunkId = (await world.request("POST", "/api/trunks", { name: "Main", driver: "simulator" })).body.id;
    const phoneNumberId = (await world.request("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId })).body.id;
    const campaign = (await world.request("POST", "/api/campaigns", { name: "Spring", agentId, phoneNumberId })).body;
    await world.request("PUT", `/api/agents/${agentId}`, { connection: { type: "simulated" } });
    expect(await remove()).toContain(`in use by the agent's current version 2, campaign 'Spring' (${campaign.id})`);

    await world.request("POST", `/api/agents/${agentId}/versions`, {});
    expect(await remove()).toContain(`in use by campaign 'Spring' (${campaign.id})`);
    await world.request("DELETE", `/api/campaigns/${campaign.id}`);
    expect(await remove()).toBe("removed");

    const back = await world.request("POST", `/api/agents/${agentId}/versions/2/rollback`);
    expect([back.status, back.body.details?.[0].path]).toEqual([400, "connection.audio"]);
  });
});
