// A voice bot that asks one question, which is answered by a key: 1 for yes, 2 for no, 9 for "do not call me again". Tones stand
// for its voice: put sound of your own where `beeps` is called. Needs nothing but Bun.
//   bun examples/survey-bot.ts      agent: { "connection": { "type": "stream", "url": "ws://127.0.0.1:8766/" } }
// It reports the outcome over HTTP before it hangs up, so that the lead's webhook carries it.

const SAMPLES_A_SECOND = 8_000;
const WAIT_MS = Number(process.env.SURVEY_WAIT_MS ?? 8_000);
const MOST_QUESTIONS = 2;

/** One sample as ITU-T G.711 has it. */
function muLaw(sample: number): number {
  const magnitude = Math.min(Math.abs(sample) >> 2, 0x1fdf) + 33;
  const segment = 27 - Math.clz32(magnitude);
  const code = ((8 - segment) << 4) | (0x0f - ((magnitude >> segment) & 0x0f));
  return sample >= 0 ? code | 0x80 : code;
}

/** Each for 200 ms and a pause of 60 ms, in base64. */
function beeps(...frequencies: readonly number[]): string {
  const tone = (hz: number) =>
    Array.from({ length: 0.2 * SAMPLES_A_SECOND }, (_, index) =>
      muLaw(Math.round(6_000 * Math.sin((2 * Math.PI * hz * index) / SAMPLES_A_SECOND))),
    );
  const pause = new Array<number>(0.06 * SAMPLES_A_SECOND).fill(0xff);
  return Buffer.from(frequencies.flatMap((hz) => [...tone(hz), ...pause])).toString("base64");
}

const QUESTION = beeps(440, 554, 659);
const THANKS = beeps(659, 880);
const GOODBYE = beeps(659, 440);

/** What each key means, and what is reported of it. */
const answers: Record<string, { says: string; analysis: Record<string, unknown> }> = {
  "1": { says: THANKS, analysis: { success: true, answer: "yes" } },
  "2": { says: THANKS, analysis: { success: false, answer: "no", next_action: "not_interested" } },
  "9": { says: GOODBYE, analysis: { success: false, answer: "opt_out", next_action: "not_interested" } },
};
const noAnswer = { success: false, answer: "none", next_action: "callback_later" };

interface Survey {
  streamSid: string;
  parameters: Record<string, string>;
  questions: number;
  answered: boolean;
  timer: Timer | undefined;
}

/** The token opens this call's outcome alone, and once. */
async function report({ outcome_url: url, outcome_token: token }: Record<string, string>, analysis: object): Promise<void> {
  console.log(JSON.stringify(analysis));
  if (url === undefined || token === undefined) return;
  const answer = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ analysis }),
  });
  if (!answer.ok) console.error(`${url} answered ${answer.status}: ${await answer.text()}`);
}

export const server = Bun.serve<Survey>({
  hostname: process.env.HOST ?? "127.0.0.1",
  port: Number(process.env.PORT ?? 8766),
  fetch: (request, listener) =>
    listener.upgrade(request, { data: { streamSid: "", parameters: {}, questions: 0, answered: false, timer: undefined } })
      ? undefined
      : new Response("This is a voice bot: connect a WebSocket.\n", { status: 426 }),
  websocket: {
    async message(socket, text) {
      const survey = socket.data;
      const { event, streamSid, start, dtmf, mark } = JSON.parse(String(text));
      const say = (payload: string, then: string) => {
        socket.send(JSON.stringify({ event: "media", streamSid: survey.streamSid, media: { payload } }));
        // Comes back when what was said before it has been heard.
        socket.send(JSON.stringify({ event: "mark", streamSid: survey.streamSid, mark: { name: then } }));
      };
      const ask = () => {
        survey.questions += 1;
        say(QUESTION, "asked");
      };
      const finish = async (analysis: object, last: string) => {
        survey.answered = true;
        clearTimeout(survey.timer);
        await report(survey.parameters, analysis);
        say(last, "finished");
      };
      const waitForKey = () => {
        survey.timer = setTimeout(() => (survey.questions < MOST_QUESTIONS ? ask() : void finish(noAnswer, GOODBYE)), WAIT_MS);
      };

      if (event === "start") {
        survey.streamSid = streamSid;
        survey.parameters = start.customParameters;
        ask();
      }
      if (event === "mark" && mark.name === "asked" && !survey.answered) waitForKey();
      if (event === "mark" && mark.name === "finished") socket.close();
      const answer = event === "dtmf" && !survey.answered ? answers[dtmf.digit] : undefined;
      if (answer === undefined) return;
      // The question need not be heard to its end.
      socket.send(JSON.stringify({ event: "clear", streamSid: survey.streamSid }));
      if (dtmf.digit === "9") socket.send(JSON.stringify({ event: "opt_out", opt_out: { quote: "pressed 9" } }));
      await finish(answer.analysis, answer.says);
    },
    close: (socket) => clearTimeout(socket.data.timer),
  },
});

console.log(`survey-bot listens on ws://${server.hostname}:${server.port}/`);
