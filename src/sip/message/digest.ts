// Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760): the answer to a challenge of one trunk. Pure.

import { createHash } from "node:crypto";
import { parseChallenge, quote, type Challenge } from "./header-values.ts";

export interface Credentials {
  username: string;
  password: string;
  /** Challenges of another realm are not answered. Undefined: the first realm of the trunk is taken for its own. */
  realm: string | undefined;
}

/** What is remembered of a trunk's challenges: its realm, and how often the present nonce was used. */
export interface DigestState {
  realm: string | undefined;
  nonce: string;
  uses: number;
}

export const freshDigest: DigestState = { realm: undefined, nonce: "", uses: 0 };

interface Hash {
  name: "md5" | "sha256";
  session: boolean;
  /** As it is written back. */
  word: string;
}

/** Strongest first: with SHA-256 on offer, MD5 is not answered. */
const hashes: Record<string, Hash> = {
  "sha-256-sess": { name: "sha256", session: true, word: "SHA-256-sess" },
  "sha-256": { name: "sha256", session: false, word: "SHA-256" },
  "md5-sess": { name: "md5", session: true, word: "MD5-sess" },
  md5: { name: "md5", session: false, word: "MD5" },
};
const strength = ["sha-256", "sha-256-sess", "md5", "md5-sess"];

export interface DigestRequest {
  challenges: readonly string[];
  method: string;
  uri: string;
  cnonce: string;
}

/** `value` is the header's; `stale`: the password was right, only the nonce was old. */
export type DigestAnswer = { value: string; state: DigestState; stale: boolean } | { refused: "realm" | "unsupported" };

/** Takes the strongest algorithm of our realm. `state` is the trunk's; keep the one that comes back. */
export function answerChallenge(request: DigestRequest, credentials: Credentials, state: DigestState): DigestAnswer {
  const ownRealm = credentials.realm ?? state.realm;
  const digests = request.challenges.map(parseChallenge).filter((challenge) => challenge?.scheme === "digest") as Challenge[];
  const known = digests.filter((challenge) => algorithmOf(challenge) in hashes && acceptsAuth(challenge));
  if (known.length === 0) return { refused: "unsupported" };
  const ours = known.filter((challenge) => ownRealm === undefined || challenge.parameters.get("realm") === ownRealm);
  const [challenge] = ours.sort((a, b) => strength.indexOf(algorithmOf(a)) - strength.indexOf(algorithmOf(b)));
  if (challenge === undefined) return { refused: "realm" };
  const nonce = challenge.parameters.get("nonce") ?? "";
  const uses = state.nonce === nonce ? state.uses + 1 : 1;
  return {
    value: credentialsValue(request, credentials, challenge, uses),
    state: { realm: challenge.parameters.get("realm"), nonce, uses },
    stale: challenge.parameters.get("stale")?.toLowerCase() === "true",
  };
}

function algorithmOf(challenge: Challenge): string {
  return (challenge.parameters.get("algorithm") ?? "md5").toLowerCase();
}

function offersOf(challenge: Challenge): string[] {
  return (challenge.parameters.get("qop") ?? "")
    .split(",")
    .map((word) => word.trim().toLowerCase())
    .filter(Boolean);
}

/** Without a qop it is RFC 2069's form; `auth-int` alone is not spoken. */
function acceptsAuth(challenge: Challenge): boolean {
  const offers = offersOf(challenge);
  return offers.length === 0 || offers.includes("auth");
}

function credentialsValue(
  { method, uri, cnonce }: DigestRequest,
  { username, password }: Credentials,
  challenge: Challenge,
  uses: number,
): string {
  const hash = hashes[algorithmOf(challenge)] ?? { name: "md5", session: false, word: "MD5" };
  const digest = (text: string) => createHash(hash.name).update(text, "utf8").digest("hex");
  const realm = challenge.parameters.get("realm") ?? "";
  const nonce = challenge.parameters.get("nonce") ?? "";
  const withQop = offersOf(challenge).includes("auth");
  const count = uses.toString(16).padStart(8, "0");

  const secret = digest(`${username}:${realm}:${password}`);
  const first = hash.session ? digest(`${secret}:${nonce}:${cnonce}`) : secret;
  const second = digest(`${method}:${uri}`);
  const response = digest(withQop ? `${first}:${nonce}:${count}:${cnonce}:auth:${second}` : `${first}:${nonce}:${second}`);

  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
  ];
  if (challenge.parameters.has("algorithm")) parts.push(`algorithm=${hash.word}`);
  if (withQop) parts.push("qop=auth", `nc=${count}`);
  if (withQop || hash.session) parts.push(`cnonce="${cnonce}"`);
  const opaque = challenge.parameters.get("opaque");
  if (opaque !== undefined) parts.push(`opaque=${quote(opaque)}`);
  return `Digest ${parts.join(", ")}`;
}
