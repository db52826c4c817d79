// Who may import whom: the table of docs/architecture.md, no cycles, no exports that nobody asks for.

import type { Import, SourceFile } from "../support/source.ts";
import type { Finding, Rule } from "./rule.ts";

/** Files that decide and do nothing: the same arguments give the same answer, whatever the machine. */
const pureFiles = [
  "agents/(connection|draft)",
  "analysis/(answer|completion|request|schema)",
  "bot-api/(basic-auth|call-command|call-resource)",
  "bots/(message-budget|process-environment|stream-messages|stream-parameters|stream-queue|twiml)",
  "calls/(analyser|bot|call|call-variables|disposition|ending|refusal|sip-address|template)",
  "calls/outcome/(opt-out|opt-out-phrases|transcript)",
  "campaigns/(calendar|holidays|lifecycle|status-reason|week|window|zone)",
  "compliance/(presets|strictest|united-states)",
  "credits/(amount|ledger|low|shortage)",
  "dialing/rules/(breaker|caller-id|capacity|comebacks|contact|detour|earliest|forecast|gate)",
  "http/byte-range",
  "http/door/roles",
  "leads/(callback|change|phone-number|rank|retry|status|variables|zones)",
  "leads/upload/(columns|csv|csv-header)",
  "media/amd/(beep|fax|machine-detector|special-tones|spectrum|speech-timing|steady-tone|tone-signs|verdict|voice-activity)",
  "media/rtp/(dtmf|jitter|latch|ports|reception|rtcp|rtp|silence|srtp|srtp-keys|srtp-replay|transit)",
  "media/sound/(frame|g711|player|resample|tone|wav)",
  "runtime/(instant|nesting)",
  "sip/status",
  "sip/beside/bot-headers",
  "sip/call/(call-timeline|identity)",
  "sip/dialog/(dialog|reliable-provisional|session-timer)",
  "sip/message/(digest|framing|header-values|message|uri)",
  "sip/transaction/(client-transaction|invite-transaction|non-invite-transaction|timers)",
  "sip/trunk/(fault-memory|liveness|number-rewriting|registration-step|trunk-profiles)",
  "trunks/(options|prefix-guard|stand-ins)",
  "webhooks/(delivery-status|retry|signature)",
  "webhooks/events/(call-event|event)",
  "webhooks/pre-dial/answer",
];
const pure = new RegExp(`^src/(${pureFiles.join("|")})\\.ts$`);

function isPure(path: string): boolean {
  return pure.test(path);
}

interface Arrow {
  name: string;
  from: RegExp;
  /** What it must not import; `allowed` is taken out of it. */
  to: RegExp;
  allowed?: RegExp;
  remedy: string;
  /** A file and the import that must be caught. */
  bad: [path: string, target: string];
}

const nouns = "(agents|calls|campaigns|compliance|credits|dnc|keys|leads|numbers|settings|trunks|webhooks)";
const adapters = "(bots|media|simulator|sip)";
const outsideWorld =
  /^(elysia|@elysiajs\/.*|bun|bun:.*|drizzle-orm.*|croner|node:(fs|net|http|https|dns|dgram|child_process|worker_threads|os)(\/.*)?)$/;

const arrows: readonly Arrow[] = [
  {
    name: "pure files reach nothing of the machine",
    from: pure,
    to: outsideWorld,
    remedy: "a pure file takes what it needs as an argument",
    bad: ["src/leads/retry.ts", "node:fs"],
  },
  {
    name: "pure files import pure files only",
    from: pure,
    to: /^src\//,
    allowed: pure,
    remedy: "a pure file takes what it needs as an argument; the caller holds the rest",
    bad: ["src/dialing/rules/gate.ts", "../database/open.ts"],
  },
  {
    name: "a store knows no other noun's store, no refusals, no HTTP",
    from: /\/store\.ts$/,
    to: /^(src\/\w+\/(store|service|routes)\.ts|src\/errors\.ts|src\/http\/.*|elysia)$/,
    remedy: "let the service, or a part of dialing/, ask both stores",
    bad: ["src/leads/store.ts", "../campaigns/store.ts"],
  },
  {
    name: "a service knows no other service, no routes, no HTTP framework",
    from: /\/service\.ts$/,
    to: /^(src\/\w+\/(service|routes)\.ts|elysia)$/,
    remedy: "call the other noun's store, or take a function as a parameter",
    bad: ["src/campaigns/service.ts", "../leads/service.ts"],
  },
  {
    name: "routes know neither the machine nor an adapter",
    from: /\/routes\.ts$/,
    to: new RegExp(`^src/(dialing|${adapters})/`),
    remedy: "declare in the noun what the routes call, and let app.ts hand it in",
    bad: ["src/campaigns/routes.ts", "../dialing/dispatcher.ts"],
  },
  {
    name: "dialing knows no HTTP, service, routes or adapter",
    from: /^src\/dialing\//,
    to: new RegExp(`^(src/http/.*|src/\\w+/(service|routes)\\.ts|src/${adapters}/.*|elysia)$`),
    remedy: "the machine uses stores and pure files; an adapter comes in through a port",
    bad: ["src/dialing/claim.ts", "../simulator/simulator-dialer.ts"],
  },
  {
    name: "an adapter knows the ports of calls/ and the runtime, nothing else",
    from: new RegExp(`^src/${adapters}/`),
    to: /^(src\/.*|bun:sqlite|drizzle-orm.*|elysia)$/,
    allowed: new RegExp(`^src/(${adapters}/.*|runtime/.*|calls/(call|dialer|bot|ending|disposition)\\.ts)$`),
    remedy: "put what it needs into the order that the port hands over",
    bad: ["src/simulator/outcome.ts", "../leads/store.ts"],
  },
  {
    name: "http knows nothing of the machine",
    from: /^src\/http\//,
    to: new RegExp(`^src/(dialing|${adapters})/`),
    remedy: "let app.ts hand a function in",
    bad: ["src/http/api.ts", "../dialing/machine.ts"],
  },
  {
    name: "runtime and errors know nothing of ours",
    from: /^src\/(runtime\/|errors\.ts)/,
    to: /^(src|migrations)\//,
    allowed: /^src\/runtime\//,
    remedy: "take it as a parameter, or move the file to the room that it is about",
    bad: ["src/runtime/loop.ts", "../config.ts"],
  },
  {
    name: "the database room knows no verbs",
    from: /^src\/database\//,
    to: /^src\//,
    allowed: new RegExp(`^src/(database/|${nouns}/(status|lifecycle|call|disposition|ledger|delivery-status)\\.ts$)`),
    remedy: "the schema takes status types from the pure files and nothing else",
    bad: ["src/database/tables.ts", "../leads/store.ts"],
  },
  {
    name: "nobody but main imports a command, nobody but a command the app",
    from: /^src\/(?!main\.ts|app\.ts|cli\/)/,
    to: /^src\/(main|app|cli\/.*)\.ts$/,
    remedy: "arrows point inwards: main, cli, app, everything else",
    bad: ["src/http/health.ts", "../app.ts"],
  },
  {
    name: "commands use the app as clients do",
    from: /^src\/cli\//,
    to: new RegExp(`^src/(dialing|${adapters}|\\w+/(store|routes)\\.ts)`),
    // `outdial keys` is the way in when no key is left: it works on the database itself.
    allowed: /^src\/keys\/store\.ts$/,
    remedy: "go through HTTP, app.ts or the noun's service",
    bad: ["src/cli/keys.ts", "../leads/store.ts"],
  },
];

/** Types of the clock may be named everywhere; its constants are plain numbers. */
function isHarmless(taken: Import): boolean {
  const onlyNumbers = taken.names.every((name) => /^(SECOND|MINUTE|HOUR|DAY|EpochMs)$/.test(name));
  return taken.target === "src/runtime/clock.ts" && (taken.typeOnly || (onlyNumbers && !taken.takesAll));
}

function arrowRule({ name, from, to, allowed, remedy, bad }: Arrow): Rule {
  const isWrong = (file: SourceFile, taken: Import) =>
    to.test(taken.target) && allowed?.test(taken.target) !== true && taken.target !== file.path && !isHarmless(taken);
  return {
    name,
    find: (files) =>
      files
        .filter((file) => from.test(file.path))
        .flatMap((file) =>
          file.imports
            .filter((taken) => isWrong(file, taken))
            .map(({ line, target }) => ({ path: file.path, line, message: `imports ${target}: ${remedy}` })),
        ),
    badExample: { [bad[0]]: `// A file.\nimport { x } from "${bad[1]}";\n` },
  };
}

const noCycles: Rule = {
  name: "imports form no cycle",
  find(files) {
    const byPath = new Map(files.map((file) => [file.path, file]));
    const done = new Set<string>();
    const findings: Finding[] = [];
    const visit = (file: SourceFile, trail: readonly string[]) => {
      const seenAt = trail.indexOf(file.path);
      if (seenAt !== -1) {
        findings.push({
          path: file.path,
          line: 1,
          message: `${[...trail.slice(seenAt), file.path].join(" → ")}: move what both need into a file of its own`,
        });
        return;
      }
      if (done.has(file.path)) return;
      for (const taken of file.imports) {
        const next = byPath.get(taken.target);
        if (next !== undefined && !taken.typeOnly) visit(next, [...trail, file.path]);
      }
      done.add(file.path);
    };
    files.forEach((file) => visit(file, []));
    return findings;
  },
  badExample: {
    "src/leads/a.ts": '// A.\nimport { b } from "./b.ts";\n',
    "src/leads/b.ts": '// B.\nimport { a } from "./a.ts";\n',
  },
};

/**
 * An export that only tests import is alive in a pure file (rules are tested as tables, status lists compared with the schema),
 * elsewhere only when the test is the file's own: test/x/y.test.ts for src/x/y.ts. A type is alive with whoever names it, tests
 * and its own file included.
 */
const noDeadExports: Rule = {
  name: "every export is imported somewhere",
  find(files) {
    const uses = files.flatMap((file) => file.imports.map((taken) => ({ ...taken, by: file.path })));
    const entry = /^src\/main\.ts$/;
    return files
      .filter((file) => file.path.startsWith("src/") && !entry.test(file.path))
      .flatMap((file) => {
        const mirror = file.path.replace(/^src\//, "test/").replace(/\.ts$/, ".test.ts");
        const mayUse = (by: string) => by.startsWith("src/") || by === mirror || isPure(file.path);
        const isUsed = (name: string) =>
          uses.some((use) => use.target === file.path && mayUse(use.by) && (use.takesAll || use.names.includes(name)));
        const isNamed = (name: string) => uses.some((use) => use.target === file.path && use.names.includes(name));
        const isMentioned = (name: string) => [...file.skeleton.matchAll(new RegExp(`\\b${name}\\b`, "g"))].length > 1;
        return file.exports
          .filter(({ name, isType }) => !isUsed(name) && !(isType && (isNamed(name) || isMentioned(name))))
          .map(({ name, line }) => ({ path: file.path, line, message: `${name} is imported by nobody: remove it, or its 'export'` }));
      });
  },
  badExample: { "src/leads/a.ts": "// A.\nexport const lonely = 1;\n" },
};

export const arrowRules: readonly Rule[] = [...arrows.map(arrowRule), noCycles, noDeadExports];
