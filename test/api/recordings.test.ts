// /api/calls/{id}/recording: the file of a call, whole or in part, to whom it may be given, and what is said when it is gone.

import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRecordingFiles } from "../../src/calls/recording/files.ts";
import { recordingRoutes } from "../../src/calls/recording/routes.ts";
import { insertRecording } from "../../src/calls/recording/store.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { createWorld, type World } from "../support/world.ts";

const CALL = "call_01kqxw7cy0yb12fmadj1t93y6p";
const PATH = `/api/calls/${CALL}/recording`;
const SOUND = Uint8Array.from({ length: 200 }, (_, index) => index);

let world: World;
let folder: ReturnType<typeof temporaryFolder>;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  const files = createRecordingFiles(join(folder.path, "recordings"));
  mkdirSync(files.folder);
  file = join(files.folder, `${CALL}.wav`);
  writeFileSync(file, SOUND);
  world = createWorld(({ db }) => [recordingRoutes({ db, files })]);
  world.db.sqlite.run(
    "INSERT INTO calls (id, boot_id, agent_id, agent_version, phone_number_id, trunk_id, from_number, to_number, attempt, status, ending, placed_at, ended_at) VALUES (?, 'boot_1', 'agent_1', 1, 'pn_1', 'trk_1', '+1', '+2', 1, 'ended', 'completed', 1, 5)",
    [CALL],
  );
  insertRecording(world.db, { callId: CALL, bytes: SOUND.length, durationMs: 5, createdAt: 5 });
});
afterEach(() => folder.remove());

/** As it is: the bytes are no text. */
const ask = (method: string, key: string, headers: Record<string, string> = {}) =>
  world.api.handle(new Request(`http://localhost${PATH}`, { method, headers: { authorization: `Bearer ${key}`, ...headers } }));

test("whoever may read calls may hear them, whole or in part; to delete one takes an operator", async () => {
  const whole = await ask("GET", world.keyFor("read"));
  expect([whole.status, whole.headers.get("content-type"), whole.headers.get("cache-control")]).toEqual([200, "audio/wav", "no-store"]);
  expect(new Uint8Array(await whole.arrayBuffer())).toEqual(SOUND);
  const part = await ask("GET", world.keyFor("read"), { range: "bytes=10-19" });
  expect([part.status, part.headers.get("content-range")]).toEqual([206, "bytes 10-19/200"]);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(SOUND.slice(10, 20));
  expect((await ask("DELETE", world.keyFor("read"))).status).toBe(403);
  expect((await ask("DELETE", world.keyFor("operator"))).status).toBe(204);
  expect((await ask("GET", world.adminKey)).status).toBe(404);
});

test.each([undefined, "bytes=0-9"])("a file that is gone is not found, and its note can be deleted (Range: %p)", async (range) => {
  rmSync(file);
  const gone = await world.request("GET", PATH, undefined, { headers: range === undefined ? {} : { range } });
  expect([gone.status, gone.body.code, gone.body.error]).toEqual([
    404,
    "not_found",
    expect.stringContaining("is not in the folder of recordings any more"),
  ]);
  expect((await world.request("DELETE", PATH)).status).toBe(204);
});
