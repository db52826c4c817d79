// A trunk's account: answers the challenges of its own realm and remembers nonces. One for each trunk; calls, registration
// and keep-alive share it, so that a nonce's count never repeats.

import { answerChallenge, type Credentials, freshDigest } from "../message/digest.ts";
import { type Header, headersOf, type IncomingResponse } from "../message/message.ts";

export interface TrunkAccount {
  /** The header that answers a 401 or 407, or why there is none. */
  answer(response: IncomingResponse, method: string, uri: string): { header: Header; stale: boolean } | { refused: string };
}

/** Without credentials every challenge is refused. */
export function createAccount(credentials: Credentials | undefined, newCnonce: () => string): TrunkAccount {
  let state = freshDigest;
  return {
    answer(response, method, uri) {
      if (credentials === undefined) return { refused: "the trunk has no username and password" };
      const [challenge, name] =
        response.status === 407 ? ["Proxy-Authenticate", "Proxy-Authorization"] : ["WWW-Authenticate", "Authorization"];
      const answered = answerChallenge(
        { challenges: headersOf(response, challenge), method, uri, cnonce: newCnonce() },
        credentials,
        state,
      );
      if ("refused" in answered)
        return {
          refused:
            answered.refused === "realm" ? "the challenge names another realm than the trunk's" : "no algorithm of the challenge is known",
        };
      state = answered.state;
      return { header: [name, answered.value], stale: answered.stale };
    },
  };
}

/** How often one request may be sent again with credentials: once, and twice more for a nonce that had gone stale. */
const MOST_ANSWERS = 3;
const NONE: readonly Header[] = [];

/** Credentials of one request over its repetitions. */
export interface RequestCredentials {
  headers(): readonly Header[];
  /** Whether the request is worth sending again, with what `headers` now gives. */
  take(response: IncomingResponse): boolean;
}

/** One for each request; bounded, so that no peer can make us try for ever. */
export function createRequestCredentials(account: TrunkAccount, method: string, uri: string): RequestCredentials {
  const headers = new Map<string, string>();
  let answers = 0;
  return {
    headers: () => (answers === 0 ? NONE : [...headers]),
    take(response) {
      if (answers >= MOST_ANSWERS) return false;
      const answered = account.answer(response, method, uri);
      if ("refused" in answered) return false;
      const [name, value] = answered.header;
      if (headers.has(name) && !answered.stale) return false;
      answers += 1;
      headers.set(name, value);
      return true;
    },
  };
}
