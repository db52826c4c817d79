// `outdial keys`: makes, lists and revokes API keys in the database itself, so that a person who lost the last admin
// key gets in again. Works beside a running appliance: SQLite lets both write, one after the other.

import { existsSync, mkdirSync } from "node:fs";
import { databasePath, type Db, openDatabase } from "../database/open.ts";
import { roles } from "../http/door/roles.ts";
import { createKey, removeKey } from "../keys/service.ts";
import { listKeys } from "../keys/store.ts";
import { type EpochMs, systemClock } from "../runtime/clock.ts";
import { createIds } from "../runtime/ids.ts";
import { didYouMean } from "../runtime/nearest.ts";
import { systemRandom } from "../runtime/random.ts";
import { type Command, ExitCode } from "./command.ts";
import { describeOptions, type Option, readOptions } from "./options.ts";
import { readConfigOrTell } from "./serve.ts";
import { toTable } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const options: readonly Option[] = [
  { flag: "--name", value: "NAME", meaning: "create: what the key is for" },
  { flag: "--role", value: "ROLE", meaning: `create: what it may do, one of ${roles.join(", ")}` },
  { flag: "--expires", value: "INSTANT", meaning: "create: when it stops working, such as 2027-01-31T00:00:00Z; never by default" },
  { flag: "--data", value: "FOLDER", meaning: "where the database lives; ./data or OUTDIAL_DATA by default" },
];

const actions = ["create", "list", "revoke"];

export const keysCommand: Command = {
  name: "keys",
  summary: "make, list and revoke API keys",
  help: () => `Usage: outdial keys create --name NAME --role ROLE [--expires INSTANT]
       outdial keys list
       outdial keys revoke ID

Works on the data directory, whether the appliance runs or not. A key is shown when it is made and never again.

${describeOptions(options)}`,
  run(args, terminal) {
    const {
      words: [action = "", ...words],
      values,
      problems,
    } = readOptions(args, options);
    if (!actions.includes(action))
      problems.push(`'${action}' is not what keys does; it does ${actions.join(", ")}.${didYouMean(action, actions)}`);
    const request = readRequest(action, words, values, problems);
    if (problems.length > 0 || request === undefined) {
      terminal.err(problems.map((problem) => `outdial keys: ${problem}\n`).join(""));
      return Promise.resolve(ExitCode.usage);
    }
    return Promise.resolve(carryOut(request, values.get("--data"), terminal));
  },
};

type Request =
  | { action: "create"; name: string; role: (typeof roles)[number]; expiresAt: EpochMs | undefined }
  | { action: "list" }
  | { action: "revoke"; id: string };

function readRequest(
  action: string,
  words: readonly string[],
  values: ReadonlyMap<string, string>,
  problems: string[],
): Request | undefined {
  const [id, ...tooMany] = words;
  if (action === "list") return { action };
  if (action === "revoke") {
    if (id !== undefined && tooMany.length === 0) return { action, id };
    problems.push("revoke needs one id of `outdial keys list`: outdial keys revoke key_…");
  }
  if (action !== "create") return undefined;
  const name = (values.get("--name") ?? "").trim();
  const role = roles.find((known) => known === values.get("--role"));
  const expires = values.get("--expires");
  if (name === "") problems.push("create needs a name that says what the key is for: --name 'our CRM'");
  if (role === undefined) problems.push(`create needs a role: --role ${roles.join(" | ")}; '${values.get("--role") ?? ""}' is none`);
  const expiresAt = expires === undefined ? undefined : readInstant(expires);
  if (expires !== undefined && !(Number(expiresAt) > systemClock.now())) {
    problems.push(`--expires is '${expires}'; it must be an instant to come with its offset, such as 2027-01-31T00:00:00Z`);
  }
  return role === undefined ? undefined : { action, name, role, expiresAt };
}

/** Undefined for what is no instant, a bare local time included. */
function readInstant(text: string): EpochMs | undefined {
  return /^\d{4}-\d{2}-\d{2}T.*(Z|[+-]\d{2}:\d{2})$/i.test(text) ? Date.parse(text) || undefined : undefined;
}

function carryOut(request: Request, data: string | undefined, terminal: Terminal): number {
  const config = readConfigOrTell(data === undefined ? [] : ["--data", data], terminal);
  if (config === undefined) return ExitCode.usage;
  const path = databasePath(config.dataDirectory);
  if (request.action !== "create" && !existsSync(path)) {
    terminal.err(`outdial keys: there is no database in ${config.dataDirectory}; name its folder with --data\n`);
    return ExitCode.failed;
  }
  let db: Db | undefined;
  try {
    mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
    db = openDatabase({ path });
    answer(request, db, terminal);
    return ExitCode.ok;
  } catch (error) {
    terminal.err(`outdial keys: ${error instanceof Error ? error.message : String(error)}\n`);
    return ExitCode.failed;
  } finally {
    db?.close();
  }
}

function answer(request: Request, db: Db, terminal: Terminal): void {
  if (request.action === "list") return terminal.out(describeKeys(db));
  if (request.action === "revoke") {
    removeKey(db, { clock: systemClock }, request.id);
    return terminal.out(`${request.id} is revoked; requests with it are refused from now on\n`);
  }
  const { name, role, expiresAt } = request;
  const dependencies = { newId: createIds(systemClock, systemRandom), clock: systemClock, random: systemRandom };
  const { key, row } = createKey(db, dependencies, { name, role, expiresAt });
  terminal.out(`${key}\n`);
  terminal.err(`${row.id}, role ${role}, for '${name}'. The key is shown this once and not stored.\n`);
}

/** More keys than anyone has; the newest come first. */
const MOST_LISTED = 1_000;

function describeKeys(db: Db): string {
  const rows = listKeys(db, { limit: MOST_LISTED, offset: 0, after: undefined }).map((key) => [
    key.id,
    `${key.hint}…`,
    key.role,
    key.name,
    day(key.createdAt),
    day(key.lastUsedAt),
    day(key.expiresAt),
    day(key.revokedAt),
  ]);
  return toTable([["id", "key", "role", "name", "created", "last used", "expires", "revoked"], ...rows]);
}

function day(at: EpochMs | null): string {
  return at === null ? "-" : new Date(at).toISOString().slice(0, 10);
}
