// `outdial version`: what it is, and what it is made with.

import { version } from "../version.ts";
import { type Command, ExitCode } from "./command.ts";

export const versionCommand: Command = {
  name: "version",
  summary: "print the version",
  help: () => "Usage: outdial version\n\nPrints the version, the commit it was built from, and the runtime inside.\n",
  run(_args, terminal) {
    terminal.out(`outdial ${version} (Bun ${Bun.version}, ${process.platform} ${process.arch})\n`);
    return Promise.resolve(ExitCode.ok);
  },
};
