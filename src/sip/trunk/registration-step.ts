// What an answer to REGISTER means for the next one (RFC 3261 §10.2). Pure; registration.ts acts on it.

import { parseNameAddr } from "../message/header-values.ts";
import { headerOf, type IncomingResponse, listOf } from "../message/message.ts";
import { parseUri } from "../message/uri.ts";

/** What an answer to REGISTER means for the next one. */
export type RegistrationStep =
  | { kind: "registered"; refreshInMs: number }
  /** 423: the registrar wants longer intervals. */
  | { kind: "longer"; seconds: number }
  | { kind: "refused"; problem: string; retryInMs: number };

const RETRY_MS = 30_000;
/** Wrong credentials do not heal by themselves, and registrars lock out those who insist. */
const RETRY_FORBIDDEN_MS = 300_000;

/** `asked` is the interval of the request, `contactHost` the host of our Contact. */
export function registrationStep(response: IncomingResponse | undefined, asked: number, contactHost: string): RegistrationStep {
  if (response === undefined) return { kind: "refused", problem: "REGISTER was not answered", retryInMs: RETRY_MS };
  if (response.status < 300) {
    const seconds = grantedSeconds(response, contactHost) ?? asked;
    // A tenth of the interval, 10 s at least, is left for a second try.
    return { kind: "registered", refreshInMs: Math.max(5, seconds - Math.max(10, seconds / 10)) * 1_000 };
  }
  const least = Number(headerOf(response, "Min-Expires") ?? "");
  if (response.status === 423 && least > asked && least <= 86_400) return { kind: "longer", seconds: least };
  const forbidden = [401, 403, 404, 407].includes(response.status);
  return {
    kind: "refused",
    problem: `REGISTER was answered with ${response.status} ${response.reason}`.trim(),
    retryInMs: forbidden ? RETRY_FORBIDDEN_MS : RETRY_MS,
  };
}

/** Of our own binding among those that the registrar lists, else of the Expires header (§10.3). */
function grantedSeconds(response: IncomingResponse, contactHost: string): number | undefined {
  const bindings = listOf(response, "Contact").map(parseNameAddr);
  const own = bindings.find((binding) => binding !== undefined && parseUri(binding.uri)?.host === contactHost) ?? bindings[0];
  const text = own?.parameters.get("expires") ?? headerOf(response, "Expires") ?? "";
  return /^\d{1,6}$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}
