// A web application as bots written for Twilio have one: answers TwiML and sounds, and remembers what it was asked.

import { twilioSignature } from "../../../src/bots/twilio-signature.ts";

/** One request of ours to the application. */
export interface VoiceQuestion {
  method: string;
  path: string;
  form: Record<string, string>;
  /** Whether the signature is that of the account's token, over the URL as the application sees it. */
  isSigned: boolean;
}

export interface VoiceApp {
  url: string;
  asked: VoiceQuestion[];
  stop(): void;
}

export const AUTH_TOKEN = "0123456789abcdef0123456789abcdef";

/** `answer` is given the path with its query; a text is TwiML. */
export function startVoiceApp(answer: (path: string) => string | Response | Promise<Response>): VoiceApp {
  const asked: VoiceQuestion[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const { pathname, search } = new URL(request.url);
      const form = Object.fromEntries(new URLSearchParams(request.method === "POST" ? await request.text() : ""));
      const signature = request.headers.get("x-twilio-signature");
      asked.push({
        method: request.method,
        path: pathname + search,
        form,
        isSigned: signature === twilioSignature(AUTH_TOKEN, request.url, form),
      });
      const said = await answer(pathname + search);
      return typeof said === "string" ? new Response(said, { headers: { "content-type": "text/xml" } }) : said;
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, asked, stop: () => void server.stop(true) };
}
