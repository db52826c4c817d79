// /api/agents/{id}/audio: the recordings that an agent plays.

import { Elysia } from "elysia";
import { Type } from "typebox";
import { document } from "../http/document.ts";
import { listOf, pagingFields, readPage, toList } from "../http/lists.ts";
import { query } from "../http/schema.ts";
import { AgentAudioJson, AudioUpload, toAgentAudioJson, WavFile } from "./audio-model.ts";
import { addAgentAudio, type AgentAudioDependencies, getAgentAudio, removeAgentAudio } from "./audio-service.ts";
import { countAgentAudio, listAgentAudio, readSamples } from "./audio-store.ts";
import { getAgent } from "./service.ts";

const tag = "Agents";
const paging = query(Type.Object(pagingFields, { additionalProperties: false }));

const upload = document({
  summary: "Upload a recording for the agent to play",
  operationId: "addAgentAudio",
  description:
    "The body is the WAV file itself, whatever type is declared. It is kept as it will be played: 8,000 samples a second, 16 bits, mono.",
  tag,
  answers: { 201: AgentAudioJson },
  refusals: ["not_found", "wrong_state", "body_too_large"],
  bodies: { "audio/wav": WavFile },
});

/** The routes of agents' recordings. */
export function agentAudioRoutes(deps: AgentAudioDependencies) {
  const { db, format } = deps;
  return new Elysia({ prefix: "/api/agents/:id/audio" })
    .get(
      "/",
      ({ params, query }) => {
        const agent = getAgent(db, params.id);
        const page = readPage(query);
        return toList("audio", listAgentAudio(db, agent.id, page).map(toAgentAudioJson), countAgentAudio(db, agent.id), page);
      },
      {
        query: paging,
        ...document({
          summary: "List an agent's recordings, newest first",
          operationId: "listAgentAudio",
          tag,
          answers: { 200: listOf("audio", AgentAudioJson) },
          refusals: ["not_found"],
        }),
      },
    )
    .post(
      "/",
      async ({ params, query, body, set }) => {
        const row = await addAgentAudio(deps, getAgent(db, params.id), query, body);
        set.status = 201;
        return toAgentAudioJson(row);
      },
      { query: query(AudioUpload), ...upload },
    )
    .get(
      "/:audioId",
      ({ params }) => {
        const { id } = getAgentAudio(db, getAgent(db, params.id).id, params.audioId);
        const file = format.write(readSamples(db, id) ?? new Int16Array());
        return new Response(file, { headers: { "content-type": "audio/wav", "cache-control": "no-store" } });
      },
      document({
        summary: "One recording as a WAV file, as it is played",
        operationId: "getAgentAudio",
        tag,
        answers: { 200: WavFile },
        refusals: ["not_found"],
      }),
    )
    .delete(
      "/:audioId",
      ({ params, set }) => {
        removeAgentAudio(db, getAgent(db, params.id), params.audioId);
        set.status = 204;
      },
      document({
        summary: "Delete a recording that nothing names",
        operationId: "deleteAgentAudio",
        description: "It stays while the draft, the current version, or the version of a campaign names it.",
        tag,
        answers: { 204: null },
        refusals: ["not_found", "still_referenced"],
      }),
    );
}
