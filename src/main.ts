// The program: its words become a command of cli/, and the command's result the exit code.

import { type Command, ExitCode } from "./cli/command.ts";
import { demoCommand } from "./cli/demo.ts";
import { overview, unknownCommand } from "./cli/help.ts";
import { keysCommand } from "./cli/keys.ts";
import { serveCommand } from "./cli/serve.ts";
import { createProcessTerminal, type Terminal } from "./cli/terminal.ts";
import { versionCommand } from "./cli/version.ts";

const commands: readonly Command[] = [serveCommand, demoCommand, keysCommand, versionCommand];

const helpWords = ["help", "--help", "-h"];
const versionWords = ["--version", "-v"];

/** Runs one command; `args` are the words after the program's name. */
export async function main(args: readonly string[], terminal: Terminal): Promise<number> {
  removeProxies(terminal.environment);
  const [word, ...rest] = args;
  if (word === undefined) {
    terminal.err(overview(commands));
    return ExitCode.usage;
  }
  if (versionWords.includes(word)) return versionCommand.run(rest, terminal);
  if (helpWords.includes(word)) return explain(rest[0], terminal);
  const command = commands.find((known) => known.name === word);
  if (command === undefined) {
    terminal.err(unknownCommand(word, commands));
    return ExitCode.usage;
  }
  if (rest.some((option) => option === "--help" || option === "-h")) return explain(word, terminal);
  return command.run(rest, terminal);
}

function explain(word: string | undefined, terminal: Terminal): number {
  const command = commands.find((known) => known.name === word);
  if (word !== undefined && command === undefined) {
    terminal.err(unknownCommand(word, commands));
    return ExitCode.usage;
  }
  terminal.out(command?.help() ?? overview(commands));
  return ExitCode.ok;
}

/** A proxy would carry webhooks around the check of their address, and calls to ourselves out of the machine. */
function removeProxies(environment: Terminal["environment"]): void {
  for (const name of Object.keys(environment)) {
    if (/_proxy$/i.test(name)) delete environment[name];
  }
}

if (import.meta.main) {
  const exitCode = await main(process.argv.slice(2), createProcessTerminal());
  // What was written must be out before the process is: a pipe takes it later than a screen.
  await new Promise<void>((done) => void process.stdout.write("", () => done()));
  process.exit(exitCode);
}
