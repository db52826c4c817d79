// A generated test: every route of the description with bodies, queries and paths made from its schemas, right, wrong and
// at the limits. FUZZ_REQUESTS and FUZZ_SEED ask for more, and for others.

import { expect, test } from "bun:test";
import type { RecordingFiles } from "../../src/calls/recording/files.ts";
import { insertRecording } from "../../src/calls/recording/store.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { enqueue } from "../../src/webhooks/events/outbox.ts";
import { documentOf } from "../support/conformance.ts";
import { createRequestMaker, type GeneratedRequest, type RequestMaker, type Target, targetsOf } from "../support/generated-requests.ts";
import { createWholeApi } from "../support/whole-api.ts";
import { type Answer, insertLeadRows, type World } from "../support/world.ts";

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 20_000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const MOST_FAILURES = 20;
/** What is created must live long enough to be used. */
const weights: Record<string, number> = { DELETE: 1, GET: 6, PUT: 8, PATCH: 8, POST: 12 };

/** What is wrong with an answer that its schema does not tell. */
function problemsWith({ method, body, fits, query }: GeneratedRequest, answer: Answer, { parameters, bodies }: Target): string[] {
  const problems = [];
  if (answer.status >= 500) problems.push(`it is a ${answer.status}`);
  if (fits === false && answer.status < 300) problems.push("the body does not fit its schema, and was taken");
  if (answer.status < 400) return problems;
  const { error, details = [] } = answer.body as { error: string; details?: { path: string; message: string }[] };
  for (const text of [error, ...details.map(({ message }) => message)]) {
    if (/\bundefined\b|\[object|NaN\b|\bfunction\b|node_modules|\.ts:/.test(text) && !(body ?? "").includes("undefined"))
      problems.push(`it says '${text}'`);
  }
  for (const { path } of details) {
    // A route that reads no body may have something to say of what is stored.
    const isMissing = !query.has(path) && parameters.some(({ parameter }) => parameter.name === path && parameter.required === true);
    const isThere = isMissing || (method === "GET" ? query.has(path) : bodies.length === 0 || isPlace(path, body, query));
    if (!isThere) problems.push(`it names the place '${path}', which is not there`);
  }
  return problems;
}

/** Whether all but the last name of a dotted path leads somewhere; the body's own names may have dots. */
function isPlace(path: string, body: string | undefined, query: URLSearchParams): boolean {
  if (path === "" || path === "Idempotency-Key" || query.has(path) || body === undefined) return true;
  try {
    return leadsOn(JSON.parse(body.replace(/^\uFEFF/, "")), path.split("."));
  } catch {
    return true;
  }
}

function leadsOn(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (names.length === 1) return true;
  const [first = ""] = names;
  const firsts = names.map((_, end) => names.slice(0, end + 1).join(".")).filter((name) => Object.hasOwn(value, name));
  // A missing object is a place: its fields are what is missing.
  if (firsts.length === 0) return !Object.hasOwn(value, first);
  return firsts.some((name) => {
    const rest = names.slice(name.split(".").length);
    return rest.length === 0 || leadsOn((value as Record<string, unknown>)[name], rest);
  });
}

/** What no request makes: leads that ended, and webhooks that were sent. */
function addHistory(world: World, campaignId: string, { note }: RequestMaker): void {
  const [leadId = ""] = insertLeadRows(world, campaignId, ["+14155550123"]);
  world.db.sqlite.query("UPDATE leads SET status = 'no_answer', attempts = 1 WHERE id = ?1").run(leadId);
  const id = world.newId("whd");
  enqueue(world.db, {
    id,
    event: "campaign.lead_completed",
    campaignId,
    leadId,
    url: "https://crm.example.com",
    body: "{}",
    now: world.clock.now(),
  });
  world.db.sqlite.query("UPDATE deliveries SET status = 'dead' WHERE id = ?1").run(id);
  note("", 201, { id: leadId, campaignId });
  note("", 201, { id });
}

/** Files of recordings that lie nowhere. */
const onPaper: RecordingFiles = {
  folder: "",
  has: async () => true,
  open: () => new Blob(["RIFF"]),
  list: async () => [],
  measure: async () => undefined,
  remove: async () => undefined,
};

test(`${REQUESTS} generated requests, seed ${SEED}: none is a fault of ours, each answer is as described, each refusal says what was wrong`, async () => {
  const world = createWholeApi(undefined, { recordings: onPaper });
  const targets = targetsOf(documentOf(world.api), SEED);
  const random = seededRandom(SEED);
  const maker = createRequestMaker(random, [world.adminKey, world.keyFor("read"), world.keyFor("operator")]);
  const weighted = targets.flatMap((target) => Array.from({ length: weights[target.method] ?? 1 }, () => target));
  const reached = new Set<Target>();
  const failures: string[] = [];
  // Some states are rare: it goes on for a while until every route was reached.
  for (let count = 0; count < (reached.size < targets.length ? 3 : 1) * REQUESTS && failures.length < MOST_FAILURES; count += 1) {
    const target = weighted[Math.floor(random.fraction() * weighted.length)];
    if (target === undefined) break;
    const asked = maker.make(target);
    const { method, path, query, headers, body } = asked;
    const url = query.size === 0 ? path : `${path}?${query}`;
    try {
      // The world checks the answer against the description.
      const answer = await world.request(method, url, method === "GET" ? undefined : body, { key: null, headers });
      maker.note(path, answer.status, answer.body);
      if (method === "POST" && path === "/api/campaigns" && answer.status === 201) addHistory(world, answer.body.id, maker);
      if (path === "/api/calls/outbound" && answer.status === 201)
        insertRecording(world.db, { callId: answer.body.id, bytes: 44, durationMs: 20, createdAt: world.clock.now() });
      if (answer.status < 300) reached.add(target);
      const problems = problemsWith(asked, answer, target);
      if (problems.length > 0)
        throw new Error(`answered ${answer.status} with ${JSON.stringify(answer.body)?.slice(0, 600)}\n- ${problems.join("\n- ")}`);
    } catch (error) {
      failures.push(
        `${method} ${url} ${JSON.stringify(headers)} ${body?.slice(0, 1_500)}\n${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  expect(failures.join("\n\n")).toBe("");
  // A test that only ever knocks at closed doors sees nothing.
  expect(targets.filter((target) => !reached.has(target)).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
}, 600_000);
