import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import { performance } from 'node:perf_hooks';
import { getRequestListener } from '@hono/node-server';
import { pino } from 'pino';
import { createService, type Service } from './app.ts';
import type { Clock } from './clock.ts';
import { startHousekeeping } from './housekeeping.ts';
import { outboxMailer, smtpMailer } from './mail/mailer.ts';
import { headsFile } from './sealing/heads-file.ts';
import { startSealer } from './sealing/sealer.ts';
import type { Settings } from './settings.ts';
import { openKeyring, openStore, StartProblem } from './start-problem.ts';

/** The system's clock. */
export const systemClock: Clock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Of the HTTP server. */
export const serverOptions = {
  // How long a client may take for its headers, for a whole request, and idle between two. Milliseconds.
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 15_000,
  // Two Authorization headers are joined, and so refused, rather than one of them ignored.
  joinDuplicateHeaders: true,
  // Checked in front of Hono instead, where the answer gets a body.
  requireHostHeader: false,
};

/** Characters of this process's log that may wait for a reader; later lines are dropped. */
const maxLogLength = 16_777_216;

/** Time for answers in flight after SIGINT or SIGTERM. */
const endMs = 10_000;

/** The service as a listener of Node's server, with or without the layer in front of Hono. */
export function listenerOf({ app, inFront, unserved }: Service, withFront = true): RequestListener {
  const hono = getRequestListener((request, env) => app.fetch(request, env), {
    // Load balancers make health checks in HTTP/1.0, which needs no Host (RFC 9112 section 3.2).
    hostname: 'localhost',
    errorHandler: unserved.unreadable,
  });
  return withFront ? inFront(hono) : hono;
}

function listen(server: Server, settings: Settings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${settings.host}:${settings.port}`;
      if (error.code === 'EADDRINUSE') {
        reject(
          new StartProblem(
            `Another program listens on ${where}. End it or set PORT to a free port.`,
            `${where} は別のプログラムが使用中です。そのプログラムを終了するか、PORT に空いているポートを指定してください。`,
            error,
          ),
        );
      } else {
        reject(
          new StartProblem(
            `The verifier cannot listen on ${where} (${error.code ?? 'unknown error'}). Check HOST and PORT.`,
            `${where} で待ち受けできません(${error.code ?? '不明なエラー'})。HOST と PORT を確認してください。`,
            error,
          ),
        );
      }
    });
    server.listen(settings.port, settings.host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : settings.port);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), endMs);
    // A connection that becomes idle after its last answer would stay open for its keep-alive time.
    const idle = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearTimeout(force);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/**
 * Writes the last lines while there still is an event loop to report a failure. If they were left to the exit of the
 * process, pino would retry for ever what cannot be written, and the process would never end.
 */
function written(lines: ReturnType<typeof pino.destination>): Promise<void> {
  return new Promise((resolve) => {
    lines.once('close', resolve);
    lines.once('error', () => {
      lines.destroy();
      resolve();
    });
    lines.end();
  });
}

/**
 * Runs the verifier until SIGINT or SIGTERM: then answers in flight are finished, the audit log is sealed and
 * the database is closed.
 * @param clock of the verifier; the bench has one of its own
 * @throws StartProblem where it cannot start; nothing is left behind
 */
export async function serve(settings: Settings, clock: Clock = systemClock): Promise<0> {
  // Lines are written in batches, at most a fifth of a second late, and at the end of the process; the batches are larger
  // when the event loop is slow. If nobody reads them they are dropped in the end, and a line says how many.
  const lines = pino.destination({
    dest: 1,
    sync: false,
    minLength: 8_192,
    maxWrite: 262_144,
    maxLength: maxLogLength,
    periodicFlush: 200,
  });
  const log = pino({ level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime }, lines);
  // If the disk is full, lines wait and are tried again with the next flush. A reader that is gone does not come back.
  let readerGone = false;
  lines.on('error', ({ code }: NodeJS.ErrnoException) => {
    readerGone ||= code === 'EPIPE';
  });
  let droppedLines = 0;
  lines.on('drop', () => droppedLines++);
  lines.on('drain', () => {
    if (droppedLines === 0) return;
    const lines = droppedLines;
    droppedLines = 0;
    log.error({ lines }, 'lines of this log were dropped: they are not read fast enough');
  });
  const store = await openStore(settings, clock.nowMs());
  try {
    const keyring = await openKeyring(settings, store, randomBytes);
    const mail = settings.smtpUrl === null ? outboxMailer(settings.outboxDir) : smtpMailer(settings.smtpUrl);
    let take: RequestListener = (_incoming, outgoing) => outgoing.writeHead(503).end();
    const server = createServer(serverOptions, (incoming, outgoing) => take(incoming, outgoing));
    const port = await listen(server, settings);
    const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
    const url = `http://${host}:${port}`;
    const service = createService({
      store,
      keyring,
      mail,
      clock,
      random: randomBytes,
      log,
      publicUrl: settings.publicUrl ?? url,
      trustedProxies: settings.trustedProxies,
    });
    const heads = headsFile(settings.auditHeadsPath);
    const parts = { auditLog: store.auditLog, heads, keyring, clock, random: randomBytes };
    const sealer = startSealer(parts, log);
    const { auditRetentionDays } = settings;
    const housekeeping = startHousekeeping({ store, keyring, clock, auditRetentionDays }, log);
    take = listenerOf(service);
    service.unserved.listenTo(server);
    if (settings.smtpUrl === null)
      log.info({ folder: settings.outboxDir }, 'no SMTP_URL: mails are written to the outbox');
    else if (settings.publicUrl === null) log.warn({ publicUrl: url }, 'no PUBLIC_URL: mails lead to where it listens');
    // Before the line `listening`, since its reader may send the signal at once.
    const signalled = new Promise<string>((resolve) => {
      process.once('SIGINT', resolve);
      process.once('SIGTERM', resolve);
    });
    log.info({ url, publicUrl: settings.publicUrl ?? url }, 'listening');
    // Whoever started the verifier waits for this line.
    log.flush();

    log.info({ signal: await signalled }, 'ending');
    await closed(server);
    await housekeeping.end();
    await sealer.end();
    log.info('ended');
    return 0;
  } finally {
    // Requests that outlived `endMs` would still log, to a destination that is closed, and throw.
    log.level = 'silent';
    if (readerGone) lines.destroy();
    else await written(lines);
    await store.close();
  }
}
