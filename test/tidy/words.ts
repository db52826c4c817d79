// What may be written where: the clock, randomness, status words, casts, comments, names and lengths.

import { CallEnding, callStatuses } from "../../src/calls/call.ts";
import { dispositions } from "../../src/calls/disposition.ts";
import { campaignStatuses } from "../../src/campaigns/lifecycle.ts";
import { leadStatuses } from "../../src/leads/status.ts";
import { DeliveryStatus } from "../../src/webhooks/delivery-status.ts";
import { functionLengths, matchLines, type SourceFile } from "../support/source.ts";
import { ban, type Finding, type Rule } from "./rule.ts";

const LONGEST_FILE = 400;
const LONGEST_FUNCTION = 70;
const LARGEST_MEDIAN = 90;

const bans: readonly Rule[] = [
  ban(
    "only runtime/clock.ts reads the clock",
    /\b(Date\.now\b|new Date\(\s*\)|performance\.now\b|Temporal\.Now\b|setTimeout\(|setInterval\(|Bun\.sleep)/g,
    "take a Clock, or the instant, as a parameter",
    "const now = Date.now();",
    /^src\/runtime\/clock\.ts$/,
  ),
  ban(
    "only runtime/random.ts is random",
    /\b(Math\.random|randomBytes|randomUUID|randomInt|getRandomValues)\b/g,
    "take a Random as a parameter",
    "const id = crypto.randomUUID();",
    /^src\/runtime\/random\.ts$/,
  ),
  ban("nothing is cast to any", /\bas any\b/g, "say what the value is, or check it", "const x = y as any;"),
  ban("nothing is asserted not to be null", /[\w$)\]]!(?![=])/g, "handle the absent value", "const x = rows[0]!.id;"),
  ban(
    "no enum, no namespace",
    /^(export )?(const )?(enum|namespace) /gm,
    "use a constant object and its union type",
    "enum Colour { red }",
  ),
];

const noSuppressions: Rule = {
  name: "the type checker is not silenced",
  find: (files) =>
    files.flatMap((file) =>
      matchLines(file.text, /@ts-(ignore|nocheck|expect-error)/g).map(({ line, match }) => ({
        path: file.path,
        line,
        message: `${match}: make the types true`,
      })),
    ),
  badExample: { "src/leads/store.ts": "// A file.\n// @ts-ignore\n" },
};

const statusWords = new Set<string>([
  ...campaignStatuses,
  ...leadStatuses,
  ...callStatuses,
  ...Object.values(CallEnding),
  ...dispositions,
  ...Object.values(DeliveryStatus),
]);
/** The pure files that own the words, and the pictures of rows and answers. */
const ownersOfStatuses =
  /^src\/(campaigns\/lifecycle|leads\/(status|retry)|calls\/(call|disposition)|webhooks\/(delivery-status|retry)|\w+\/model)\.ts$/;
/** Words that look like a status and are none. */
const otherMeanings: readonly { path: RegExp; words: readonly string[]; because: string }[] = [
  { path: /^src\/runtime\//, words: [...statusWords], because: "the runtime knows no calls; its 'failed' is a commit's" },
  {
    path: /^src\/(simulator|sip|media|bots)\//,
    words: [...statusWords],
    because: "an adapter reaches no row; its words are reasons and stages of its own, and the endings it reports are typed",
  },
  { path: /^src\/calls\/(service|routes)\.ts$/, words: ["dnc_blocked"], because: "the code of a refusal" },
  { path: /^src\/bot-api\//, words: [...statusWords], because: "the words are Twilio's" },
  { path: /^src\/database\/tables\.ts$/, words: ["draft"], because: "a column of agents" },
  { path: /^src\/leads\/(service|routes)\.ts$/, words: ["dnc_blocked"], because: "the code of a refusal" },
];

const noStatusLiterals: Rule = {
  name: "status words are written in the file that owns them",
  find: (files) =>
    files
      .filter((file) => !ownersOfStatuses.test(file.path))
      .flatMap((file) =>
        matchLines(file.code, /(["'`])[a-z_]+\1/g)
          .map(({ line, match }) => ({ line, word: match.slice(1, -1) }))
          .filter(
            ({ word }) => statusWords.has(word) && !otherMeanings.some((other) => other.path.test(file.path) && other.words.includes(word)),
          )
          .map(({ line, word }) => ({
            path: file.path,
            line,
            message: `'${word}': use the constant (LeadStatus, CallStatus, …), in SQL through quoted([...])`,
          })),
      ),
  badExample: { "src/leads/store.ts": "// A file.\nconst sql = `UPDATE leads SET status = 'dialing'`;\n" },
};

const opensWithComment: Rule = {
  name: "a file opens with what it is",
  find: (files) =>
    files
      .filter((file) => !file.text.startsWith("// "))
      .map((file) => ({ path: file.path, line: 1, message: "begin with one to three comment lines: what this is and who uses it" })),
  badExample: { "src/leads/store.ts": "export const x = 1;\n" },
};

/** Constants and type aliases are read from their own line; what one calls or implements needs words. */
const exportsAreDocumented: Rule = {
  name: "an exported function has a doc comment",
  find: (files) =>
    files.flatMap((file) =>
      file.exports
        .filter(({ line, documented }) => !documented && /^export (default )?(async )?function/.test(file.lines[line - 1] ?? ""))
        .map(({ name, line }) => ({ path: file.path, line, message: `${name} has no doc comment: say what the signature cannot` })),
    ),
  badExample: { "src/leads/store.ts": "// A file.\nexport function f(): void {}\n" },
};

const plainNames: Rule = {
  name: "files are called after what they hold",
  find: (files) =>
    files
      .filter((file) => file.path.startsWith("src/"))
      .filter((file) => /\/(index|utils?|helpers?|types|common|misc|manager)\.ts$/.test(file.path) || !/^[a-z0-9./-]+$/.test(file.path))
      .map((file) => ({ path: file.path, line: 1, message: "give it the name of the one thing it holds, in kebab-case" })),
  badExample: { "src/leads/utils.ts": "// A file.\n" },
};

const shortFiles: Rule = {
  name: `no file is longer than ${LONGEST_FILE} lines`,
  find: (files) =>
    files
      .filter((file) => countLines(file) > LONGEST_FILE)
      .map((file) => ({
        path: file.path,
        line: LONGEST_FILE,
        message: `has ${countLines(file)} lines: it is more than one idea, split it`,
      })),
  badExample: { "src/leads/store.ts": `// A file.\n${"const x = 1;\n".repeat(LONGEST_FILE)}` },
};

const shortOnTheWhole: Rule = {
  name: `half of the files have ${LARGEST_MEDIAN} lines or fewer`,
  find(files) {
    const sorted = files.map(countLines).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
    const longest = [...files].sort((a, b) => countLines(b) - countLines(a)).slice(0, 5);
    return median <= LARGEST_MEDIAN
      ? []
      : longest.map((file) => ({
          path: file.path,
          line: 1,
          message: `the median is ${median}; this is one of the longest with ${countLines(file)} lines`,
        }));
  },
  badExample: { "src/leads/store.ts": `// A file.\n${"const x = 1;\n".repeat(LARGEST_MEDIAN)}` },
};

const shortFunctions: Rule = {
  name: `no function is longer than ${LONGEST_FUNCTION} lines`,
  find: (files) =>
    files.flatMap((file): Finding[] =>
      functionLengths(file)
        .filter(({ lines }) => lines > LONGEST_FUNCTION)
        .map(({ line, lines }) => ({ path: file.path, line, message: `the function has ${lines} lines: name its parts` })),
    ),
  badExample: { "src/leads/store.ts": `// A file.\nfunction f(): void {\n${"  g();\n".repeat(LONGEST_FUNCTION)}}\n` },
};

function countLines({ text, lines }: SourceFile): number {
  return text.endsWith("\n") ? lines.length - 1 : lines.length;
}

export const wordRules: readonly Rule[] = [
  ...bans,
  noSuppressions,
  noStatusLiterals,
  opensWithComment,
  exportsAreDocumented,
  plainNames,
  shortFiles,
  shortOnTheWhole,
  shortFunctions,
];
