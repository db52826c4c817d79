// /api/calls/{id}/recording: what was said in a call, both sides.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { Db } from "../../database/open.ts";
import { transact } from "../../database/transaction.ts";
import { AppError } from "../../errors.ts";
import { readByteRange } from "../../http/byte-range.ts";
import { document } from "../../http/document.ts";
import type { RecordingFiles } from "./files.ts";
import { deleteRecording, findRecording, type RecordingRow } from "./store.ts";
import { getCall } from "../service.ts";

interface RecordingDependencies {
  db: Db;
  files: RecordingFiles;
}

const tag = "Calls";
const Wav = Type.String({
  contentMediaType: "audio/wav",
  contentEncoding: "binary",
  description: "stereo: the person on the left, the bot on the right; 8,000 samples a second of 16 bits",
});

/** The routes of calls' recordings. */
export function recordingRoutes({ db, files }: RecordingDependencies) {
  return new Elysia({ prefix: "/api/calls/:id/recording" })
    .get(
      "/",
      async ({ params, request }) => {
        const { callId, bytes } = getRecording(db, params.id);
        if (!(await files.has(callId)))
          throw new AppError("not_found", `the recording of the call '${callId}' is not in the folder of recordings any more`);
        const part = readByteRange(request.headers.get("range"), bytes);
        const { start, end } = part ?? { start: 0, end: bytes };
        const headers = {
          "content-type": "audio/wav",
          "accept-ranges": "bytes",
          "content-disposition": `inline; filename="${callId}.wav"`,
          "cache-control": "no-store",
          ...(part === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${bytes}` }),
        };
        return new Response(files.open(callId, start, end), { status: part === undefined ? 200 : 206, headers });
      },
      document({
        summary: "The recording of a call that is over",
        operationId: "getCallRecording",
        description: "Calls are recorded when their agent says so (recording.enabled). One Range of bytes may be asked for.",
        tag,
        answers: { 200: Wav, 206: Wav },
        refusals: ["not_found"],
      }),
    )
    .delete(
      "/",
      async ({ params, set }) => {
        const { callId } = getRecording(db, params.id);
        await files.remove(callId);
        transact(db, () => deleteRecording(db, callId));
        set.status = 204;
      },
      document({
        summary: "Delete the recording of a call",
        operationId: "deleteCallRecording",
        tag,
        answers: { 204: null },
        refusals: ["not_found"],
      }),
    );
}

/** Throws 404 for the call, and for one without a recording. */
function getRecording(db: Db, callId: string): RecordingRow {
  const { id } = getCall(db, callId);
  const row = findRecording(db, id);
  if (row === undefined)
    throw new AppError("not_found", `the call '${id}' has no recording: its agent made none, it is not over yet, or it was deleted`);
  return row;
}
