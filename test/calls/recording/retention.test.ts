// Recordings of calls as the API shows them, and how they are forgotten: real files, a database in memory.

import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRecordingFiles } from "../../../src/calls/recording/files.ts";
import { adoptRecordings, forgetRecordings } from "../../../src/calls/recording/retention.ts";
import { findRecording, insertRecording } from "../../../src/calls/recording/store.ts";
import { wavHeader } from "../../../src/media/sound/wav.ts";
import { HOUR } from "../../../src/runtime/clock.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { createWholeApi } from "../../support/whole-api.ts";
import { insertLine, type World } from "../../support/world.ts";

const parent = temporaryFolder();
afterAll(() => parent.remove());
let folders = 0;

/** A second of stereo. */
const SOUND = Uint8Array.from({ length: 32_000 }, (_, index) => index % 251);
const FILE = new Uint8Array([...wavHeader(2, SOUND.length), ...SOUND]);

function createPlace() {
  const folder = join(parent.path, String((folders += 1)));
  mkdirSync(folder);
  const files = createRecordingFiles(folder);
  const world = createWholeApi(undefined, { recordings: files });
  const deps = { db: world.db, files, pause: async () => undefined };
  return {
    world,
    files,
    forget: (daysLater: number) => forgetRecordings(deps, world.clock.now() + daysLater * 24 * HOUR),
    adopt: () => adoptRecordings(deps, world.clock.now()),
    pathOf: (callId: string) => join(folder, `${callId}.wav`),
    /** A call with a file, and a note of it unless told otherwise. */
    addCall({
      status = "ended",
      bytes = FILE,
      isNoted = true,
    }: { status?: string; bytes?: Uint8Array | undefined; isNoted?: boolean } = {}) {
      const callId = addCall(world, status);
      writeFileSync(join(folder, `${callId}.wav`), bytes);
      if (isNoted) insertRecording(world.db, { callId, bytes: bytes.length, durationMs: 1_000, createdAt: world.clock.now() });
      return callId;
    },
  };
}

function addCall(world: World, status: string): string {
  const id = world.newId("call");
  const { agentId, phoneNumberId, trunkId } = insertLine(world, {
    from: `+1415555${String(folders * 100 + Math.trunc(world.random.fraction() * 99)).padStart(4, "0")}`,
  });
  world.db.sqlite
    .query(
      "INSERT INTO calls (id, boot_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, placed_at) VALUES (?1, 'boot', ?2, 1, ?3, ?4, '+1', '+2', 1, ?5, ?6)",
    )
    .run(id, agentId, phoneNumberId, trunkId, status, world.clock.now());
  return id;
}

describe("the recording of a call", () => {
  const get = async (world: World, callId: string, range?: string) => {
    const headers = { authorization: `Bearer ${world.adminKey}`, ...(range === undefined ? {} : { range }) };
    const response = await world.api.handle(new Request(`http://localhost/api/calls/${callId}/recording`, { headers }));
    return {
      status: response.status,
      range: response.headers.get("content-range"),
      type: response.headers.get("content-type"),
      bytes: new Uint8Array(await response.arrayBuffer()),
    };
  };

  test("is shown with the call, and comes as a file or a part of it", async () => {
    const { world, addCall } = createPlace();
    const callId = addCall();
    expect((await world.request("GET", `/api/calls/${callId}`)).body.recordingSeconds).toBe(1);
    expect((await world.request("GET", "/api/calls")).body.calls[0].recordingSeconds).toBe(1);
    expect(await get(world, callId)).toEqual({ status: 200, range: null, type: "audio/wav", bytes: FILE });
    expect(await get(world, callId, "bytes=44-47")).toEqual({
      status: 206,
      range: "bytes 44-47/32044",
      type: "audio/wav",
      bytes: SOUND.slice(0, 4),
    });
    expect(await get(world, callId, "bytes=-2")).toMatchObject({ status: 206, range: "bytes 32042-32043/32044", bytes: SOUND.slice(-2) });
  });

  test("is deleted with its file, and is then not there", async () => {
    const { world, addCall, pathOf } = createPlace();
    const callId = addCall();
    expect((await world.request("DELETE", `/api/calls/${callId}/recording`)).status).toBe(204);
    expect([existsSync(pathOf(callId)), (await world.request("GET", `/api/calls/${callId}`)).body.recordingSeconds]).toEqual([false, null]);
    for (const method of ["GET", "DELETE"]) {
      const { status, body } = await world.request(method, `/api/calls/${callId}/recording`);
      expect([status, body.error]).toEqual([
        404,
        `the call '${callId}' has no recording: its agent made none, it is not over yet, or it was deleted`,
      ]);
    }
  });
});

describe("how long recordings are kept", () => {
  test("is 30 days, and what the operator says", async () => {
    const { world, addCall, pathOf, forget } = createPlace();
    const [first, second] = [addCall(), addCall()];
    expect((await world.request("GET", "/api/settings/recordings")).body).toEqual({ retentionDays: 30 });
    await forget(29.9);
    expect([first, second].map((id) => existsSync(pathOf(id)))).toEqual([true, true]);
    await world.request("PUT", "/api/settings/recordings", { retentionDays: null });
    await forget(1_000);
    expect(existsSync(pathOf(first))).toBe(true);
    expect((await world.request("PUT", "/api/settings/recordings", { retentionDays: 7 })).body).toEqual({ retentionDays: 7 });
    await forget(7.1);
    expect([first, second].map((id) => [existsSync(pathOf(id)), findRecording(world.db, id)])).toEqual([
      [false, undefined],
      [false, undefined],
    ]);
  });

  test.each([0, 3_651, 1.5, "30"])("is never %p days", async (retentionDays) => {
    const { world } = createPlace();
    expect((await world.request("PUT", "/api/settings/recordings", { retentionDays })).body.error).toContain(
      "must be a whole number from 1 to 3650, or null",
    );
  });
});

describe("a file without a note", () => {
  test("of a call that is over gets one, as far as it was written; of an open one it waits", async () => {
    const { world, addCall, adopt } = createPlace();
    const cut = new Uint8Array([...wavHeader(2, 16_000), ...SOUND]);
    const [over, open] = [addCall({ status: "unknown", bytes: cut, isNoted: false }), addCall({ status: "answered", isNoted: false })];
    await adopt();
    expect(findRecording(world.db, over)).toEqual({ callId: over, bytes: 16_044, durationMs: 500, createdAt: world.clock.now() });
    expect(findRecording(world.db, open)).toBeUndefined();
    world.db.sqlite.query("UPDATE calls SET status = 'ended', ended_at = ?2 WHERE id = ?1").run(open, world.clock.now() - 59_000);
    await adopt();
    expect(findRecording(world.db, open)).toBeUndefined();
    world.clock.advance(2_000);
    await adopt();
    expect(findRecording(world.db, open)).toMatchObject({ durationMs: 1_000 });
  });

  test("and without sound is removed; one of no call is left alone", async () => {
    const { addCall, adopt, pathOf } = createPlace();
    const empty = addCall({ bytes: wavHeader(2, 0), isNoted: false });
    writeFileSync(pathOf("call_0"), FILE);
    await adopt();
    expect([existsSync(pathOf(empty)), existsSync(pathOf("call_0"))]).toEqual([false, true]);
  });

  test("is looked for in vain where there is no folder", async () => {
    const files = createRecordingFiles(join(parent.path, "nowhere"));
    expect(await files.list()).toEqual([]);
    await files.remove("call_1");
  });
});
