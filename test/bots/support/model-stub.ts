// Stands for the model behind a realtime voice framework: hears speech by its loudness, and answers each time with the same
// reply, in pieces of uneven size and far faster than it is spoken.

/** One event of the session, either way. */
export interface ModelEvent {
  type: string;
  audio?: string;
  audio_end_ms?: number;
  item_id?: string;
  session?: unknown;
  [field: string]: unknown;
}

export interface ModelStub {
  url: string;
  /** What the framework sent, without the sound. */
  received: ModelEvent[];
  /** Of the caller's sound: how many bytes came. */
  bytesHeard(): number;
  replies(): number;
  stop(): void;
}

const PIECES = [1_600, 801, 1_599, 400, 3_200, 7];
const FRAME = 160;
/** Of 160 bytes of µ-law, how many must be loud; and for how many frames, before it is speech or silence. */
const LOUD_BYTES = 80;
const FRAMES_TO_TURN = 10;

/** `reply`: µ-law bytes. */
export function startModel(reply: Uint8Array): ModelStub {
  const received: ModelEvent[] = [];
  let replies = 0;
  let bytesHeard = 0;
  const server = Bun.serve<{ rest: Uint8Array; speaking: boolean; streak: number }>({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, self) =>
      self.upgrade(request, { data: { rest: new Uint8Array(), speaking: false, streak: 0 } })
        ? undefined
        : new Response("no", { status: 426 }),
    websocket: {
      open: (socket) => void socket.send(event("session.created", { session: { id: "sess_1", type: "realtime" } })),
      message(socket, text) {
        const message = JSON.parse(String(text)) as ModelEvent;
        if (message.type !== "input_audio_buffer.append") received.push(message);
        if (message.type === "session.update") socket.send(event("session.updated", { session: message.session }));
        if (message.audio === undefined) return;
        const { data } = socket;
        const sound = Buffer.concat([data.rest, Buffer.from(message.audio, "base64")]);
        bytesHeard += sound.length - data.rest.length;
        let at = 0;
        for (; at + FRAME <= sound.length; at += FRAME) {
          const loud = isLoud(sound.subarray(at, at + FRAME));
          data.streak = loud === data.speaking ? 0 : data.streak + 1;
          if (data.streak < FRAMES_TO_TURN) continue;
          data.speaking = loud;
          data.streak = 0;
          socket.send(
            event(loud ? "input_audio_buffer.speech_started" : "input_audio_buffer.speech_stopped", {
              item_id: `person_${replies}`,
              audio_start_ms: 0,
              audio_end_ms: 0,
            }),
          );
          if (!loud) answer((replies += 1), (message_) => void socket.send(message_));
        }
        data.rest = sound.subarray(at);
      },
    },
  });
  const answer = (index: number, send: (text: string) => void) => {
    const ids = { response_id: `resp_${index}`, item_id: `item_${index}`, output_index: 0, content_index: 0 };
    const item = { id: ids.item_id, type: "message", role: "assistant", status: "in_progress", content: [] };
    send(event("response.created", { response: { id: ids.response_id, output: [] } }));
    send(event("response.output_item.added", { ...ids, item }));
    for (let at = 0, piece = 0; at < reply.length; piece += 1) {
      const size = PIECES[piece % PIECES.length] ?? FRAME;
      send(event("response.output_audio.delta", { ...ids, delta: Buffer.from(reply.subarray(at, at + size)).toString("base64") }));
      at += size;
    }
    send(event("response.output_audio.done", ids));
    send(event("response.output_item.done", { ...ids, item: { ...item, status: "completed" } }));
    send(event("response.done", { response: { id: ids.response_id, status: "completed", output: [] } }));
  };
  return {
    url: `ws://127.0.0.1:${server.port}`,
    received,
    bytesHeard: () => bytesHeard,
    replies: () => replies,
    stop: () => void server.stop(true),
  };
}

let events = 0;

function event(type: string, fields: Record<string, unknown>): string {
  return JSON.stringify({ type, event_id: `event_${(events += 1)}`, ...fields });
}

/** The seven lower bits of a µ-law byte fall as the sound grows. */
function isLoud(frame: Uint8Array): boolean {
  return frame.filter((byte) => (byte & 0x7f) < 0x40).length >= LOUD_BYTES;
}
