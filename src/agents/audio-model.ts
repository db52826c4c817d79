// The recordings of agents on the wire: what is asked for with an upload, and how one is shown.

import { type Static, Type } from "typebox";
import { idOf } from "../http/identifiers.ts";
import { InstantJson, toInstant } from "../http/instants.ts";
import { SECOND } from "../runtime/clock.ts";
import type { AgentAudioRow } from "./audio-store.ts";

const closed = { additionalProperties: false } as const;
const LONGEST_NAME = 200;

/** What an upload says of itself. */
export const AudioUpload = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        maxLength: LONGEST_NAME,
        description: "for people; recording unless given",
        examples: ["Spring offer"],
        errorMessage: `must be a text of ${LONGEST_NAME} characters at most`,
      }),
    ),
  },
  closed,
);
/** The name may be absent. */
export type AudioUpload = Static<typeof AudioUpload>;

/** The body of an upload, and of the sound alone. */
export const WavFile = Type.String({
  contentMediaType: "audio/wav",
  contentEncoding: "binary",
  description: "a WAV file: PCM of 8, 16, 24 or 32 bits, float, A-law or µ-law, mono or stereo, 8 to 48 kHz, 5 minutes and 32 MiB at most",
});

/** A recording, without its sound. */
export const AgentAudioJson = Type.Object(
  {
    id: idOf("aud"),
    name: Type.String({ examples: ["Spring offer"] }),
    durationSeconds: Type.Number({ examples: [12.4] }),
    createdAt: InstantJson,
  },
  { title: "AgentAudio", description: "named by connection.audio of an announcement, and by voicemail.audio" },
);

/** The row as it is shown. */
export function toAgentAudioJson({ id, name, durationMs, createdAt }: AgentAudioRow) {
  return { id, name, durationSeconds: durationMs / SECOND, createdAt: toInstant(createdAt) };
}
