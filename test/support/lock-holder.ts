// A process of its own that holds the lock of the data directory named in its argument, until it is killed.

import { lockInstance } from "../../src/database/instance-lock.ts";

const [directory = ""] = process.argv.slice(2);
lockInstance(directory, String(process.pid));
process.stdout.write("held\n");
await new Response(Bun.stdin.stream()).text();
