// Kamailio as a proxy between us and sipp: digest, Record-Route, UDP, TCP and TLS.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./temporary-folder.ts";
import { freshPort, tool, whenBound } from "./tools.ts";

export interface Kamailio {
  port: number;
  tlsPort: number;
  /** The certificate authority that its own certificate stands on, as PEM. */
  ca: string;
  stop(): Promise<void>;
}

const STOP_PATIENCE_MS = 5_000;

function certificate(folder: string): { key: string; cert: string } {
  const key = join(folder, "key.pem");
  const cert = join(folder, "cert.pem");
  const made = Bun.spawnSync([
    tool("openssl"),
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    key,
    "-out",
    cert,
    "-days",
    "2",
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=IP:127.0.0.1,DNS:localhost",
  ]);
  if (made.exitCode !== 0) throw new Error(`openssl: ${made.stderr.toString()}`);
  return { key, cert };
}

export async function startKamailio({
  carrierPort,
  algorithm = "MD5",
}: {
  carrierPort: number;
  algorithm?: "MD5" | "SHA-256";
}): Promise<Kamailio> {
  const { path: folder, remove } = temporaryFolder("kamailio");
  const { key, cert } = certificate(folder);
  const port = freshPort();
  const tlsPort = freshPort();
  const file = join(folder, "kamailio.cfg");
  writeFileSync(
    file,
    `#!KAMAILIO
debug=-1
log_stderror=yes
children=1
tcp_children=2
enable_tls=yes
auto_aliases=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
listen=tls:127.0.0.1:${tlsPort}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "auth.so"
loadmodule "tls.so"
modparam("rr", "enable_double_rr", 1)
modparam("auth", "algorithm", "${algorithm}")
modparam("tls", "private_key", "${key}")
modparam("tls", "certificate", "${cert}")
modparam("tls", "tls_method", "TLSv1.2+")
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("proxy.test", "se,cret", "0")) { www_challenge("proxy.test", "1"); exit; }
    append_to_reply("Contact: $ct;expires=60\\r\\n");
    sl_send_reply("200", "OK");
    exit;
  }
  if (!pv_proxy_authenticate("proxy.test", "se,cret", "0")) { proxy_challenge("proxy.test", "1"); exit; }
  consume_credentials();
  record_route();
  $du = "sip:127.0.0.1:${carrierPort};transport=udp";
  t_relay();
}
`,
  );
  const child = Bun.spawn([tool("kamailio"), "-f", file, "-DD", "-E", "-m", "32", "-M", "4", "-Y", folder, "-w", folder], {
    stdout: "ignore",
    stderr: Bun.file(join(folder, "log")),
    stdin: "ignore",
    detached: true,
  });
  try {
    await whenBound("udp", port);
    await whenBound("tcp", tlsPort);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`${(error as Error).message}: ${readFileSync(join(folder, "log"), "utf8").slice(-2_000)}`);
  }
  return {
    port,
    tlsPort,
    ca: readFileSync(cert, "utf8"),
    async stop() {
      child.kill("SIGTERM");
      // It now and then waits for a worker of its own that never comes back; then the whole group goes.
      const timer = setTimeout(() => process.kill(-child.pid, "SIGKILL"), STOP_PATIENCE_MS);
      await child.exited;
      clearTimeout(timer);
      remove();
    },
  };
}
