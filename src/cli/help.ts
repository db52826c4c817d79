// What `outdial` says about itself, and what it answers to a command that it does not know.

import { didYouMean } from "../runtime/nearest.ts";
import { version } from "../version.ts";
import type { Command } from "./command.ts";

/** The text of `outdial --help`. */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    `outdial ${version}: calls the people on your list at the right hours, and tells your systems how it went.\n`,
    "Usage: outdial COMMAND [OPTIONS]\n",
    ...commands.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`),
    "\noutdial COMMAND --help says more about one of them.\n",
  ].join("\n");
}

/** The sentence for a word that is no command. */
export function unknownCommand(word: string, commands: readonly Command[]): string {
  const names = commands.map((command) => command.name);
  return `outdial: '${word}' is not a command; the commands are ${names.join(", ")}.${didYouMean(word, names)}\n`;
}
